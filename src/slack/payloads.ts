import { z } from 'zod'

import { visible } from '../onboarding/visible.ts'

/** Slack's payloads, reduced to what is used; everything else in them is ignored. */
const team = z.object({ id: z.string() })
const user = z.object({ id: z.string(), team_id: z.string().optional() })

export const commandPayload = z.object({
  team_id: z.string(),
  channel_id: z.string(),
  user_id: z.string(),
  command: z.string(),
  text: z.string().default(''),
  trigger_id: z.string(),
  response_url: z.string(),
})
export type CommandPayload = z.infer<typeof commandPayload>

const optionValue = z.object({ value: z.string() })
const stateValue = z.object({
  value: z.string().nullish(),
  selected_option: optionValue.nullish(),
})
const state = z.object({ values: z.record(z.string(), z.record(z.string(), stateValue)) })
export type FormState = z.infer<typeof state>

const view = z.object({
  id: z.string(),
  hash: z.string().optional(),
  callback_id: z.string(),
  private_metadata: z.string().default(''),
  state: state.default({ values: {} }),
})

export const actionPayload = z.object({
  team: team.nullish(),
  user,
  trigger_id: z.string(),
  response_url: z.string().optional(),
  view: view.optional(),
  container: z.object({ is_ephemeral: z.boolean().optional() }).optional(),
  actions: z
    .array(
      z.object({ action_id: z.string(), value: z.string().optional(), action_ts: z.string().default('') }),
    )
    .min(1),
})
export type ActionPayload = z.infer<typeof actionPayload>

export const viewPayload = z.object({ team: team.nullish(), user, trigger_id: z.string().optional(), view })
export type ViewPayload = z.infer<typeof viewPayload>

const shortText = z
  .string()
  .transform((text) => visible(text).slice(0, 100))
  .optional()
  .catch(undefined)
const named = z.object({ callback_id: shortText })
const names = z
  .object({
    type: shortText,
    command: shortText,
    callback_id: shortText,
    view: named.optional().catch(undefined),
    actions: z
      .array(z.object({ action_id: shortText }))
      .optional()
      .catch(undefined),
  })
  .catch({})

/** What a payload is by its type and names, for the log: nothing that people typed. */
export const nameOf = (body: unknown): string => {
  const { type, command, callback_id: callback, view, actions } = names.parse(body)
  return [type, command, callback, view?.callback_id, actions?.[0]?.action_id]
    .filter((name) => name !== undefined)
    .join(' ')
}
