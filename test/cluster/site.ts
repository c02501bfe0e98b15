import { readFileSync } from 'node:fs'

import { z } from 'zod'

import { parseSource, pathText, strict } from '../../src/templates/schema-findings.ts'
import { readYaml } from '../../src/templates/yaml-source.ts'

const command = z.array(z.string().min(1)).min(1)

/** One of Argo's two programs: a Deployment of the namespace, or commands where it runs otherwise. */
const server = z.union(
  [strict({ deployment: z.string() }), strict({ restart: command.describe('ends it and starts it again') })],
  'has to say how argo-server is restarted; give "deployment: NAME" or "restart: [COMMAND, ...]"',
)
const controller = z.union(
  [strict({ deployment: z.string() }), strict({ stop: command, start: command })],
  'has to say how the controller is stopped; give "deployment: NAME", or "stop" and "start" with a command each',
)

const address = z.url({
  protocol: /^https?$/,
  error: 'has to be an address; give one such as https://argo-server.example.com',
})

const cluster = strict({
  /** A context of KUBECONFIG; it has to be named, so that nobody tests in the wrong cluster. */
  context: z.string().min(1),
  /** Where Argo is installed and workflows run. */
  namespace: z.string().default('shared'),
  /** argo-server's address as seen from here; without it only the port-forward is tested. */
  url: address.optional(),
  caFile: z.string().optional(),
  insecureSkipTlsVerify: z.boolean().default(false),
})

/** A site file. */
export const siteSchema = strict({
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

/** A site file, checked. Throws with every mistake, each with its line and its cure. */
export const parseSite = (text: string, path: string): Site => {
  const { value, findings } = parseSource(siteSchema, readYaml(text))
  if (value !== undefined) return value
  const inOrder = findings.toSorted((one, other) => one.line - other.line)
  const mistakes = inOrder.map(({ line, path: at, what, cure }) => {
    const place = at.length === 0 ? '' : ` ${pathText(at)}:`
    return `- ${path}:${line}:${place} ${what}; ${cure}`
  })
  const example = 'test/cluster/site.example.yaml names every key'
  throw new Error(`The site file cannot be used (${example}):\n${mistakes.join('\n')}`)
}

const readSite = (path: string): Site => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const cure = 'copy test/cluster/site.example.yaml to it, or correct the path'
    throw new Error(`CLUSTER_SITE: "${path}" cannot be read; ${cure}`, { cause })
  }
  return parseSite(text, path)
}

type Environment = Readonly<Record<string, string | undefined>>

/** Of the variables that a site needs, those that are not given; an empty one says nothing. */
export const notGiven = (environment: Environment): readonly string[] =>
  ['KUBECONFIG', 'CLUSTER_SITE'].filter((name) => (environment[name] ?? '').trim() === '')

const missing = notGiven(process.env)

/** The site to test, and why there is none. */
export const site: Site | undefined =
  missing.length > 0 ? undefined : readSite(process.env['CLUSTER_SITE'] ?? '')

/** What the site does not give of what a test needs, for the test's title; empty when nothing is missing. */
export const without = (needed: Readonly<Record<string, unknown>>): string => {
  if (site === undefined) return ` [needs ${missing.join(' and ')}]`
  const names = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []))
  return names.length === 0 ? '' : ` [the site file has no ${names.join(', ')}]`
}
