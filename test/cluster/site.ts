import { readFileSync } from 'node:fs'

import { parse } from 'yaml'
import { z } from 'zod'

const command = z.array(z.string().min(1)).min(1)

/** One of Argo's two programs: a Deployment of the namespace, or commands where it runs otherwise. */
const server = z.union([
  z.strictObject({ deployment: z.string() }),
  z.strictObject({ restart: command.describe('ends it and starts it again') }),
])
const controller = z.union([
  z.strictObject({ deployment: z.string() }),
  z.strictObject({ stop: command, start: command }),
])

const cluster = z.strictObject({
  /** A context of KUBECONFIG; it has to be named, so that nobody tests in the wrong cluster. */
  context: z.string().min(1),
  /** Where Argo is installed and workflows run. */
  namespace: z.string().default('shared'),
  /** argo-server's address as seen from here; without it only the port-forward is tested. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  caFile: z.string().optional(),
  insecureSkipTlsVerify: z.boolean().default(false),
})

/** A site file. */
export const siteSchema = z.strictObject({
  ...cluster.shape,
  /** Another cluster; without it the first is given to the bot under a second name. */
  second: cluster.optional(),
  /** For the small steps of the tests' own template. */
  shellImage: z.string().default('busybox:1'),
  /** The image of the step programs, for the shipped templates; without it they are not tested. */
  stepsImage: z.string().optional(),
  /** A chart that installs quickly, as helm in that image reaches it; with it sap-btp is run, SAP BTP being the sandbox's. */
  chart: z.string().optional(),
  /** Set on the workflows' pods. */
  hostNetwork: z.boolean().default(false),
  env: z.record(z.string(), z.string()).default({}),
  imagePullSecrets: z.array(z.string()).default([]),
  /** What may be disturbed; without an entry the tests that need it are skipped. */
  argoServer: server.optional(),
  workflowController: controller.optional(),
})
export type Site = z.infer<typeof siteSchema>
export type ClusterSite = z.infer<typeof cluster>
export type Disturbed = z.infer<typeof server> | z.infer<typeof controller>

/** The text of a site file, checked. Throws ZodError, which names every mistake. */
export const parseSite = (text: string): Site => siteSchema.parse(parse(text))

const { KUBECONFIG: kubeconfig, CLUSTER_SITE: file } = process.env

/** The site to test, and why there is none. */
export const site: Site | undefined =
  kubeconfig === undefined || file === undefined ? undefined : parseSite(readFileSync(file, 'utf8'))

const missing = [
  ...(kubeconfig === undefined ? ['KUBECONFIG'] : []),
  ...(file === undefined ? ['CLUSTER_SITE'] : []),
].join(' and ')

/** What the site does not give of what a test needs, for the test's title; empty when nothing is missing. */
export const without = (needed: Readonly<Record<string, unknown>>): string => {
  if (site === undefined) return ` [needs ${missing}]`
  const names = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []))
  return names.length === 0 ? '' : ` [the site file has no ${names.join(', ')}]`
}
