import { keyText } from '../../onboarding/key.ts'
import { secretName } from '../naming.ts'
import type { RunWork } from '../performing.ts'

/**
 * Makes the run's Secret from its sources, as they are at this moment. That it may exist is saved first: whatever
 * happens next, it is deleted when the run is over. Throws RemoteError.
 */
export const makeRunSecret = async (
  { onboarding, index, run, tools, tell }: RunWork,
  text: string,
): Promise<void> => {
  const { credentials, templates, secrets, clock } = tools
  const data = await credentials.fetch(onboarding.key, templates.secretsOf(text))
  await tell({ type: 'secret-planned', at: clock.now(), run: index })
  await secrets.make(onboarding.key.cluster, secretName(run), data)
}

/** Lets the Secret go with its workflow, should the bot never come back to delete it. */
export const ownRunSecret = async ({ onboarding, run, tools }: RunWork, uid: string): Promise<void> => {
  try {
    await tools.secrets.own(onboarding.key.cluster, secretName(run), { name: run.workflowName, uid })
  } catch (error) {
    // Only the net is missing: the Secret is deleted by the bot when the run is over.
    const about = { key: keyText(onboarding.key), workflow: run.workflowName, err: error }
    tools.log.warn(about, 'the run Secret has no owner')
  }
}

/** Deletes the run's Secret; fine when it is gone. Throws RemoteError. */
export const deleteRunSecret = async ({ onboarding, index, run, tools, tell }: RunWork): Promise<void> => {
  await tools.secrets.remove(onboarding.key.cluster, secretName(run))
  await tell({ type: 'secret-deleted', at: tools.clock.now(), run: index })
}
