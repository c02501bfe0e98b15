import type { ModalView } from '@slack/types'

import type { Message } from './card.ts'
import { words } from './form-fields.ts'
import { quote, section } from './text.ts'

/** What takes the place of a form after it was sent. A text is mrkdwn made by us. */
export const renderTold = (title: string, told: string | Message, said?: string): ModalView => ({
  type: 'modal',
  callback_id: 'onboard.told',
  title: words(title, 24),
  close: words('Close', 24),
  blocks: [
    ...(typeof told === 'string' ? [section(told)] : told.blocks),
    ...(said === undefined ? [] : [quote(said, 1_000)]),
  ],
})
