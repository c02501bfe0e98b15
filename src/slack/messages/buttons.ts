import type { ActionsBlock, Button, ConfirmationDialog } from '@slack/types'
import { z } from 'zod'

import { isBare } from '../../onboarding/begun.ts'
import type { Seen } from '../../onboarding/events.ts'
import { keyText, parseKey, type Key } from '../../onboarding/key.ts'
import { currentRun, type Onboarding } from '../../onboarding/onboarding.ts'
import { needsOtherRequest } from '../../onboarding/outcome.ts'
import { cut } from './text.ts'
import { type CleanupFile, renderUndoing } from './undone.ts'

/** The names of the buttons, as Slack sends them back. */
export const actionIds = {
  approve: 'onboard.approve',
  reject: 'onboard.reject',
  withdraw: 'onboard.withdraw',
  check: 'onboard.check',
  stop: 'onboard.stop',
  retry: 'onboard.retry',
  cleanup: 'onboard.cleanup',
  again: 'onboard.again',
  link: 'onboard.link',
} as const
export type ButtonName = keyof typeof actionIds

const valueSchema = z.strictObject({
  k: z.string(),
  g: z.number().int(),
  n: z.string(),
  c: z.string().exactOptional(),
})

/** What a button stands for. The truth is in the store: this only says which card was seen. */
export interface ButtonValue {
  readonly key: Key
  readonly seen: Seen
}

const renderValue = ({ key, generation, nonce }: Onboarding, cleanupDigest?: string): string =>
  JSON.stringify({ k: keyText(key), g: generation, n: nonce, c: cleanupDigest })

/** Undefined when the value was not made by us. */
export const parseValue = (value: string | undefined): ButtonValue | undefined => {
  let parsed: unknown
  try {
    parsed = JSON.parse(value ?? '')
  } catch {
    // A value that is not ours is answered like any other button that cannot be known.
    return undefined
  }
  const { data } = valueSchema.safeParse(parsed)
  const key = data && parseKey(data.k)
  if (data === undefined || key === undefined) return undefined
  const { g: generation, n: nonce, c: cleanupDigest } = data
  return { key, seen: { generation, nonce, ...(cleanupDigest !== undefined && { cleanupDigest }) } }
}

const text = (words: string): { type: 'plain_text'; text: string; emoji: boolean } => ({
  type: 'plain_text',
  text: words,
  emoji: false,
})

const confirmation = (about: {
  title: string
  words: string
  yes: string
  isDanger: boolean
}): ConfirmationDialog => ({
  title: text(about.title),
  text: text(cut(about.words, 300)),
  confirm: text(about.yes),
  deny: text('Cancel'),
  style: about.isDanger ? 'danger' : 'primary',
})

const place = ({ key }: Onboarding): string => `${key.namespace} on ${key.cluster}`

/** A button of a card, a notice or an offer. */
export const button = (
  name: Exclude<ButtonName, 'link'>,
  onboarding: Onboarding,
  cleanup: CleanupFile,
): Button => {
  const base = { type: 'button', action_id: actionIds[name], value: renderValue(onboarding) } as const
  switch (name) {
    case 'approve':
      return { ...base, text: text('Approve'), style: 'primary' }
    case 'reject':
      return { ...base, text: text('Reject'), style: 'danger' }
    case 'withdraw':
      return { ...base, text: text('Withdraw') }
    case 'check':
      return { ...base, text: text('Check again') }
    case 'stop': {
      const words = `Stop what runs for ${place(onboarding)}? What is there already stays until it is cleaned up.`
      return {
        ...base,
        text: text('Stop'),
        confirm: confirmation({ title: 'Stop the run?', words, yes: 'Stop', isDanger: true }),
      }
    }
    case 'retry':
      return { ...base, text: text('Retry'), ...(!needsOtherRequest(onboarding) && { style: 'primary' }) }
    case 'cleanup': {
      const words = renderUndoing(onboarding, cleanup)
      return {
        ...base,
        // The click carries what the dialog names: nothing else is run by it.
        value: renderValue(onboarding, cleanup?.digest),
        text: text('Clean up'),
        style: 'danger',
        confirm: confirmation({ title: 'Clean up?', words, yes: 'Clean up', isDanger: true }),
      }
    }
    case 'again':
      return { ...base, text: text('Ask again') }
  }
}

/** What a failed onboarding offers, the likelier cure first. */
export const waysOut = (onboarding: Onboarding): readonly ('retry' | 'cleanup' | 'again')[] => {
  // Where nothing has begun there is nothing to clean up, and whoever stopped it does not want it retried.
  if (isBare(onboarding)) return currentRun(onboarding)?.stop === undefined ? ['retry', 'again'] : ['again']
  return needsOtherRequest(onboarding) ? ['cleanup', 'retry'] : ['retry', 'cleanup']
}

/** A button that opens the workflow's page. */
export const linkButton = (url: string): Button => ({
  type: 'button',
  action_id: actionIds.link,
  text: text('Open in Argo'),
  url,
})

/** The row of buttons; none when there are none, since an empty one is refused. */
export const actions = (buttons: readonly Button[], blockId: string): readonly ActionsBlock[] =>
  buttons.length === 0 ? [] : [{ type: 'actions', block_id: blockId, elements: [...buttons] }]
