import { dump } from 'js-yaml'

/** What the configuration says of one cluster. */
export interface ClusterPlace {
  readonly kubeconfig: string
  readonly argo: Readonly<Record<string, unknown>>
}

const clusterConfig = ({ kubeconfig, argo }: ClusterPlace, rest: object): object => ({
  kubernetes: { kubeconfig },
  argo,
  stepsImage: 'onboard-bot:sandbox',
  templates: { 'sap-btp': {}, namespace: {} },
  ...rest,
})

/** The configuration of the bot in the sandbox: what the README's example says, with the sandbox's addresses. */
export const sandboxConfig = (about: {
  prod: ClusterPlace
  dev: ClusterPlace
  sharedMetaUrl: string
  onFailure?: 'ask' | 'clean-up'
  decideWithin?: string
}): string =>
  dump(
    {
      installation: 'sandbox',
      channel: 'C0ONBOARD',
      onFailure: about.onFailure ?? 'ask',
      decideWithin: about.decideWithin ?? '72h',
      credentials: { sharedMeta: { url: about.sharedMetaUrl } },
      policy: {
        request: ['C0ONBOARD'],
        approve: ['S0PLATFORM'],
        admins: ['U0INES'],
      },
      clusters: {
        'prod-eu': clusterConfig(about.prod, { title: 'prod-eu (Frankfurt)' }),
        'dev-eu': clusterConfig(about.dev, { title: 'dev-eu (sandbox cluster)' }),
      },
    },
    // The bot takes no aliases, and both clusters may be the same one.
    { noRefs: true },
  )
