import type { ActionsBlock, Button, ConfirmationDialog } from '@slack/types'
import { z } from 'zod'

import { keyText, parseKey, type Key } from '../../onboarding/key.ts'
import type { Onboarding } from '../../onboarding/onboarding.ts'
import { isBadInput } from '../../onboarding/outcome.ts'
import { cut } from './text.ts'

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

const valueSchema = z.strictObject({ k: z.string(), g: z.number().int(), n: z.string() })

/** What a button stands for. The truth is in the store: this only says which card was seen. */
export interface ButtonValue {
  readonly key: Key
  readonly seen: { readonly generation: number; readonly nonce: string }
}

const renderValue = ({ key, generation, nonce }: Onboarding): string =>
  JSON.stringify({ k: keyText(key), g: generation, n: nonce })

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
  return data && key && { key, seen: { generation: data.g, nonce: data.n } }
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

/** Names what clean-up undoes, newest first, and by which file. */
const undoing = (onboarding: Onboarding, digest: string | undefined): string => {
  const steps = onboarding.template.cleanupSteps.map(({ title }) => title).join('; ')
  const file = digest === undefined ? '' : ` by cleanup.yaml (SHA-256 ${digest.slice(0, 12)})`
  return `For ${place(onboarding)}${file}, newest first: ${steps}. What is not there is skipped.`
}

/** A button of a card or notice; `cleanupDigest` is that of the file that a clean-up would run. */
export const button = (
  name: Exclude<ButtonName, 'link'>,
  onboarding: Onboarding,
  cleanupDigest?: string,
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
      return { ...base, text: text('Retry'), ...(!isBadInput(onboarding) && { style: 'primary' }) }
    case 'cleanup': {
      const words = undoing(onboarding, cleanupDigest)
      return {
        ...base,
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
export const waysOut = (onboarding: Onboarding): readonly ['retry' | 'cleanup', 'retry' | 'cleanup'] =>
  isBadInput(onboarding) ? ['cleanup', 'retry'] : ['retry', 'cleanup']

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
