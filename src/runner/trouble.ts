import type { RemoteError } from '../onboarding/ports/remote-error.ts'
import { meaningOf } from '../onboarding/unwell.ts'

const cures: Partial<Record<RemoteError['code'], string>> = {
  unreachable: 'Check that the cluster is up and that the bot can reach it.',
  unauthorized: 'Check the token that the bot uses for this cluster.',
  forbidden: "Give the bot's ServiceAccount the right that the message names.",
  invalid: 'Mend the template or the configuration, then ask again.',
  exists: 'Remove or rename the other workflow.',
  'not-argo': 'Check the URL of argo-server in the configuration.',
}

/** What a failed call means to people, and what they can do about it where waiting is not all there is. */
export const troubleOf = (error: RemoteError): { text: string; cure?: string } => {
  const { code, message } = error
  // Whoever says its own cure is not Argo or Kubernetes, whose sentences are told apart here.
  const meaning = error.cure === undefined ? meaningOf(message) : undefined
  const cure = error.cure ?? meaning?.cure ?? cures[code]
  return { text: meaning?.text ?? message, ...(cure !== undefined && { cure }) }
}
