import type { ModalView } from '@slack/types'

import { words } from './form-fields.ts'
import { cut, quote } from './text.ts'

/** What takes the place of a form after it was sent. The text is mrkdwn made by us. */
export const renderTold = (title: string, text: string, said?: string): ModalView => ({
  type: 'modal',
  callback_id: 'onboard.told',
  title: words(title, 24),
  close: words('Close', 24),
  blocks: [
    { type: 'section', text: { type: 'mrkdwn', text: cut(text, 3_000) } },
    ...(said === undefined ? [] : [quote(said, 1_000)]),
  ],
})
