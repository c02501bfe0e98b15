import type { AnyMiddlewareArgs } from '@slack/bolt'

import { isAcknowledged } from '../answering-app.ts'
import { renderTold } from '../messages/told.ts'

const text =
  'Something went wrong inside the bot, so I do not know whether that was done. `/onboard list` shows how things stand; please tell the people who run the bot, whose log says more.'

/** The last answer, for a payload whose listener failed: whoever waits is not left without one. */
export const answerFailure = async (payload: AnyMiddlewareArgs): Promise<void> => {
  if ('view' in payload && 'ack' in payload && payload.body.type === 'view_submission') {
    await payload.ack({ response_action: 'update', view: renderTold('Something failed', text) })
    return
  }
  if (!('respond' in payload) || payload.respond === undefined) return
  if ('ack' in payload && !isAcknowledged(payload.ack)) await payload.ack()
  await payload.respond({ response_type: 'ephemeral', replace_original: false, text })
}
