import type { ModalView } from '@slack/types'

import type { FormState } from '../payloads.ts'
import { typed, words } from './form-fields.ts'

export const rejectViewId = 'onboard.reject-reason'

/** The form that asks why a request is rejected; `value` is the button's. */
export const renderRejectForm = (value: string): ModalView => ({
  type: 'modal',
  callback_id: rejectViewId,
  private_metadata: value,
  title: words('Reject', 24),
  submit: words('Reject', 24),
  close: words('Cancel', 24),
  blocks: [
    {
      type: 'input',
      block_id: 'reason',
      label: words('Why?', 100),
      hint: words('The requester and everybody in the channel will read it.', 200),
      element: {
        type: 'plain_text_input',
        action_id: 'value',
        multiline: true,
        min_length: 1,
        max_length: 1_000,
      },
    },
  ],
})

export const readReason = (state: FormState): string => (typed(state, 'reason') ?? '').trim()
