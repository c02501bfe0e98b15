import type { Onboarding } from '../../onboarding/onboarding.ts'
import { MessengerError } from '../../onboarding/ports/messenger.ts'
import type { Tell, Tools } from '../performing.ts'

interface Work {
  readonly onboarding: Onboarding
  readonly tools: Tools
  readonly tell: Tell
}

/** Posts or updates the card. That a first post may have happened is saved before it. Throws MessengerError. */
export const showCard = async ({ onboarding, tools, tell }: Work): Promise<void> => {
  const { thread } = onboarding
  if (thread.ts === undefined && !thread.trying) await tell({ type: 'card-trying', at: tools.clock.now() })
  const shown = await tools.messenger.showCard(onboarding)
  await tell({ type: 'card-shown', at: tools.clock.now(), version: thread.version, ...shown })
}

/** Posts a notice once. One that Slack will never take is given up, loudly. Throws MessengerError. */
export const postNotice = async ({ onboarding, tools, tell }: Work, id: string): Promise<void> => {
  const notice = onboarding.notices.find((other) => other.id === id)
  if (notice === undefined) return
  const at = tools.clock.now()
  if (notice.state === 'due') await tell({ type: 'notice-trying', at, id })
  try {
    const { ts } = await tools.messenger.postNotice(onboarding, notice)
    await tell({ type: 'notice-delivered', at: tools.clock.now(), id, ts })
  } catch (error) {
    if (!(error instanceof MessengerError && error.code === 'refused')) throw error
    tools.log.error({ err: error, notice: id }, 'Slack refuses a notice: it is given up')
    await tell({ type: 'notice-delivered', at: tools.clock.now(), id })
  }
}

/** Takes the buttons from a notice once they make no sense any more. Throws MessengerError. */
export const redrawNotice = async ({ onboarding, tools, tell }: Work, id: string): Promise<void> => {
  const notice = onboarding.notices.find((other) => other.id === id)
  if (notice === undefined) return
  try {
    await tools.messenger.redrawNotice(onboarding, notice)
  } catch (error) {
    if (!(error instanceof MessengerError && error.code === 'refused')) throw error
    tools.log.error({ err: error, notice: id }, 'Slack refuses to edit a notice: its buttons stay')
  }
  await tell({ type: 'notice-redrawn', at: tools.clock.now(), id })
}
