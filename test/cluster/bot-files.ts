import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { dump, load } from 'js-yaml'
import { z } from 'zod'

import { repositoryRoot } from '../../sandbox/world.ts'
import type { ClusterSite, Site } from './site.ts'
import type { Target } from './target.ts'

// The bot takes no anchors.
const yaml = (value: object): string => dump(value, { noRefs: true })

const workflowSchema = z.looseObject({
  spec: z.looseObject({
    serviceAccountName: z.string(),
    templates: z.array(
      z.looseObject({ container: z.looseObject({}).optional(), serviceAccountName: z.string().optional() }),
    ),
  }),
})

const envSchema = z.array(z.looseObject({ name: z.string() })).default([])

/** What the site says takes the place of what the template says. */
const mergedEnv = (env: unknown, { env: own, chart }: Site): readonly object[] => {
  const proxy = { PROXY_CHART: chart ?? '', PROXY_CHART_VERSION: '', PROXY_CHART_REPOSITORY: '' }
  const said = { ...own, ...(chart !== undefined && proxy) }
  const kept = envSchema.parse(env).filter(({ name }) => !Object.hasOwn(said, name))
  return [...kept, ...Object.entries(said).map(([name, value]) => ({ name, value }))]
}

/** A template with what the site wants on its pods, and with the ServiceAccounts of this run of the tests. */
const writeTemplate = (from: string, to: string, { site, one }: Setting): void => {
  mkdirSync(to, { recursive: true })
  for (const file of ['onboard.yaml', 'cleanup.yaml']) {
    const { spec, ...rest } = workflowSchema.parse(load(readFileSync(join(from, file), 'utf8')))
    for (const template of spec.templates) {
      const { container, serviceAccountName } = template
      if (container !== undefined) container['env'] = mergedEnv(container['env'], site)
      if (serviceAccountName !== undefined) template.serviceAccountName = one.named(serviceAccountName)
    }
    const here = {
      serviceAccountName: one.named(spec.serviceAccountName),
      hostNetwork: site.hostNetwork,
      imagePullSecrets: site.imagePullSecrets.map((name) => ({ name })),
    }
    writeFileSync(join(to, file), yaml({ ...rest, spec: { ...spec, ...here } }))
  }
}

/** The shipped templates that the site can run. */
export const shippedIn = ({ stepsImage, chart }: Site): readonly string[] =>
  stepsImage === undefined ? [] : ['namespace', ...(chart === undefined ? [] : ['sap-btp'])]

const argoOf = ({ url, namespace, caFile, insecureSkipTlsVerify }: ClusterSite): object =>
  url === undefined
    ? { namespace }
    : {
        url,
        namespace,
        ...(caFile !== undefined && { caFile }),
        ...(insecureSkipTlsVerify && { insecureSkipTlsVerify }),
      }

interface Setting {
  readonly folder: string
  readonly site: Site
  readonly one: Target
  readonly two: Target
}

const configOf = async ({ folder, site, one, two }: Setting): Promise<string> => {
  const { namespace } = one.site
  const cluster = async (name: string, target: Target, argo = argoOf(target.site)): Promise<object> => {
    const kubeconfig = join(folder, `${name}.kubeconfig`)
    writeFileSync(kubeconfig, await target.kubeconfig(), { mode: 0o600 })
    return {
      kubernetes: { kubeconfig },
      argo: { ...argo, serviceAccount: target.named('onboard-bot') },
      stepsImage: site.shellImage,
      templates: { test: {} },
    }
  }
  return yaml({
    installation: one.installation,
    channel: 'C0ONBOARD',
    credentials: { directory: join(folder, 'secrets') },
    policy: { request: ['C0ONBOARD'], approve: ['S0PLATFORM'], admins: ['U0INES'] },
    clusters: {
      ...(site.stepsImage !== undefined && {
        shipped: {
          ...(await cluster('shipped', one)),
          stepsImage: site.stepsImage,
          templates: Object.fromEntries(shippedIn(site).map((name) => [name, {}])),
        },
      }),
      unwell: { ...(await cluster('unwell', one)), templates: { trouble: {} } },
      one: await cluster('one', one),
      two: await cluster('two', two),
      tunnel: await cluster('tunnel', one, { namespace }),
      // Port 9 of this machine: nobody answers.
      down: await cluster('down', one, { namespace, url: 'http://127.0.0.1:9' }),
    },
  })
}

/** Writes all that the bot reads at its start. */
export const writeBotFiles = async (setting: Setting): Promise<void> => {
  const { folder, site } = setting
  const templates = join(folder, 'templates')
  writeTemplate(join(import.meta.dirname, 'template'), join(templates, 'test'), setting)
  writeTemplate(join(import.meta.dirname, 'trouble'), join(templates, 'trouble'), setting)
  for (const name of shippedIn(site)) {
    writeTemplate(join(repositoryRoot, 'templates', name), join(templates, name), setting)
  }
  mkdirSync(join(folder, 'secrets', 'btp'), { recursive: true })
  writeFileSync(join(folder, 'onboard-bot.yml'), await configOf(setting))
}
