import { keyText } from '../../onboarding/key.ts'
import type { Onboarding } from '../../onboarding/onboarding.ts'
import { MessengerError } from '../../onboarding/ports/messenger.ts'
import type { Tell, Tools } from '../performing.ts'

interface Work {
  readonly onboarding: Onboarding
  readonly tools: Tools
  readonly tell: Tell
}

/** Where the card is to be posted anew, after what Slack said; undefined when it stays where it is. */
const newPlace = ({ onboarding, tools }: Work, error: unknown): string | undefined => {
  if (!(error instanceof MessengerError)) return undefined
  const { key, thread } = onboarding
  // One that was looked for and found is not deleted: to post it again and again would help nobody.
  if (error.code === 'gone') return thread.ts === undefined ? undefined : thread.channel
  const today = tools.catalogue.terms(key.cluster, key.template)?.channel
  return error.code === 'closed' && today !== thread.channel ? today : undefined
}

/** Has the card posted anew where Slack said that it, or its channel, is gone. Throws every other error again. */
const moveCard = async (work: Work, error: unknown): Promise<void> => {
  const channel = newPlace(work, error)
  if (channel === undefined) throw error
  const { onboarding, tools, tell } = work
  const { ts } = onboarding.thread
  tools.log.warn({ key: keyText(onboarding.key), err: error, channel }, 'the card is gone: it is posted anew')
  await tell({ type: 'card-gone', at: tools.clock.now(), channel, ...(ts !== undefined && { ts }) })
}

/** Posts or updates the card. That a first post may have happened is saved before it. Throws MessengerError. */
export const showCard = async (work: Work): Promise<void> => {
  const { onboarding, tools, tell } = work
  const { thread } = onboarding
  if (thread.ts === undefined && !thread.trying) await tell({ type: 'card-trying', at: tools.clock.now() })
  try {
    const shown = await tools.messenger.showCard(onboarding)
    await tell({ type: 'card-shown', at: tools.clock.now(), version: thread.version, ...shown })
  } catch (error) {
    await moveCard(work, error)
  }
}

const hasCode = (error: unknown, ...codes: readonly MessengerError['code'][]): boolean =>
  error instanceof MessengerError && codes.includes(error.code)

/** Posts a notice once. One that Slack will never take is given up, loudly. Throws MessengerError. */
export const postNotice = async (work: Work, id: string): Promise<void> => {
  const { onboarding, tools, tell } = work
  const notice = onboarding.notices.find((other) => other.id === id)
  if (notice === undefined) return
  const at = tools.clock.now()
  if (notice.state === 'due') await tell({ type: 'notice-trying', at, id })
  try {
    const { ts } = await tools.messenger.postNotice(onboarding, notice)
    await tell({ type: 'notice-delivered', at: tools.clock.now(), id, ts })
  } catch (error) {
    if (!hasCode(error, 'refused')) {
      if (notice.to !== 'thread') throw error
      return moveCard(work, error)
    }
    const about = { key: keyText(onboarding.key), notice: id, err: error }
    tools.log.error(about, 'Slack refuses a notice: it is given up')
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
    if (!hasCode(error, 'refused', 'gone')) throw error
    const about = { key: keyText(onboarding.key), notice: id, err: error }
    tools.log.error(about, 'Slack refuses to edit a notice: its buttons stay')
  }
  await tell({ type: 'notice-redrawn', at: tools.clock.now(), id })
}
