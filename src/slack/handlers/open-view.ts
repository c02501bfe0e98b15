import type { ModalView } from '@slack/types'
import { WebAPIPlatformError } from '@slack/web-api'

import type { Context } from './context.ts'

const isExpired = (error: unknown): boolean =>
  error instanceof WebAPIPlatformError && error.data.error === 'expired_trigger_id'

/** Opens a form. Gives what the person is told when Slack did not; `cure` is what opens it after all. */
export const openView = async (
  { client, log }: Context,
  { triggerId, view }: { triggerId: string; view: ModalView },
  cure: string,
): Promise<string | undefined> => {
  try {
    await client.views.open({ trigger_id: triggerId, view })
    return undefined
  } catch (error) {
    log.warn({ err: error }, 'a form could not be opened')
    return isExpired(error)
      ? `I was too slow: Slack lets me open the form within 3 seconds only. ${cure}`
      : `Slack did not open the form. ${cure}`
  }
}
