import type { AnyMiddlewareArgs } from '@slack/bolt'

import { isAcknowledged } from '../answering-app.ts'
import { renderTold } from '../messages/told.ts'
import { nameOf } from '../payloads.ts'
import type { Context } from './context.ts'
import { openView } from './open-view.ts'

const text = 'I do not know what was used there, so nothing was done. `/onboard help` shows what there is.'

/** Answers a payload that no listener took, such as a click on what another release posted. */
export const answerUnknown = async (context: Context, payload: AnyMiddlewareArgs): Promise<void> => {
  if (!('ack' in payload) || payload.ack === undefined || isAcknowledged(payload.ack)) return
  context.log.warn({ payload: nameOf(payload.body) }, 'nobody knows this payload')
  const view = renderTold('Not known', text)
  if ('command' in payload) {
    await payload.ack({ response_type: 'ephemeral', text })
  } else if ('options' in payload) {
    await payload.ack({ options: [] })
  } else if ('view' in payload) {
    await (payload.body.type === 'view_submission'
      ? payload.ack({ response_action: 'update', view })
      : payload.ack())
  } else if ('action' in payload || 'shortcut' in payload) {
    await payload.ack()
    if (payload.respond !== undefined)
      await payload.respond({ response_type: 'ephemeral', replace_original: false, text })
    else if ('shortcut' in payload)
      await openView(context, { triggerId: payload.body.trigger_id, view }, 'Please try again.')
  }
}
