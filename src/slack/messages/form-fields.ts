import type { InputBlock, PlainTextOption } from '@slack/types'

import type { TemplateParameter } from '../../onboarding/ports/templates.ts'
import type { FormState } from '../payloads.ts'
import { cut, plain } from './text.ts'

/** Text of a form, which Slack shows as it is. */
export const words = (text: string, limit: number): { type: 'plain_text'; text: string; emoji: boolean } => ({
  type: 'plain_text',
  text: plain(text, limit) || ' ',
  emoji: false,
})

export const option = (value: string, title = value): PlainTextOption => ({ text: words(title, 75), value })

/** More choices than Slack lists, or a longer one than it takes, are typed instead. */
const isListable = (choices: readonly string[]): boolean =>
  choices.length <= 100 && choices.every((choice) => choice.length > 0 && choice.length <= 75)

export const select = (about: {
  blockId: string
  label: string
  actionId: string
  options: readonly PlainTextOption[]
  initial: string | undefined
  isDispatched: boolean
  hint?: string
  isOptional?: boolean
}): InputBlock => {
  const initial = about.options.find(({ value }) => value === about.initial)
  return {
    type: 'input',
    block_id: about.blockId,
    label: words(about.label, 2_000),
    ...(about.isDispatched && { dispatch_action: true }),
    ...(about.isOptional === true && { optional: true }),
    ...(about.hint !== undefined && { hint: words(about.hint, 2_000) }),
    element: {
      type: 'static_select',
      action_id: about.actionId,
      options: [...about.options],
      ...(initial !== undefined && { initial_option: initial }),
    },
  }
}

/** The field of a template's parameter, with what was given for it or its default. */
export const field = (parameter: TemplateParameter, given: string | undefined): InputBlock => {
  const blockId = `p:${parameter.name}`
  const initial = given ?? parameter.default
  const hint = parameter.description
  if (parameter.enum !== undefined && isListable(parameter.enum)) {
    const options = parameter.enum.map((value) => option(value))
    // An empty value stands for the default.
    const chosen = initial === '' ? parameter.default : initial
    const base = {
      blockId,
      label: parameter.title,
      actionId: 'value',
      options,
      initial: chosen,
      isDispatched: false,
      // Where something is always chosen nothing can be left out, and "(optional)" would promise it.
      isOptional: !parameter.required && !parameter.enum.includes(chosen ?? ''),
    }
    return select(hint === undefined ? base : { ...base, hint })
  }
  return {
    type: 'input',
    block_id: blockId,
    label: words(parameter.title, 2_000),
    optional: !parameter.required,
    ...(hint !== undefined && { hint: words(hint, 2_000) }),
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      ...(initial !== undefined && initial !== '' && { initial_value: cut(initial, 3_000) }),
    },
  }
}

/** What stands in the field of a block. */
export const typed = (state: FormState, blockId: string): string | undefined => {
  const block = state.values[blockId]
  const value = block === undefined ? undefined : Object.values(block)[0]
  return value?.selected_option?.value ?? value?.value ?? undefined
}
