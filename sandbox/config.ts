import { stringify } from 'yaml'

/** The configuration of the bot in the sandbox: what the README's example says, with the sandbox's addresses. */
export const sandboxConfig = (about: {
  argoUrl: string
  sharedMetaUrl: string
  kubeconfig: string
  tokenFile: string
  onFailure?: 'ask' | 'clean-up'
  decideWithin?: string
}): string =>
  stringify({
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
      'prod-eu': {
        title: 'prod-eu (Frankfurt)',
        kubernetes: { kubeconfig: about.kubeconfig },
        argo: { url: about.argoUrl, namespace: 'shared', tokenFile: about.tokenFile, uiUrl: about.argoUrl },
        stepsImage: 'onboard-bot:sandbox',
        templates: { 'sap-btp': {}, namespace: {} },
      },
      'dev-eu': {
        title: 'dev-eu (sandbox cluster)',
        kubernetes: { kubeconfig: about.kubeconfig },
        argo: { url: about.argoUrl, namespace: 'shared', tokenFile: about.tokenFile, uiUrl: about.argoUrl },
        stepsImage: 'onboard-bot:sandbox',
        templates: { 'sap-btp': {}, namespace: {} },
      },
    },
  })
