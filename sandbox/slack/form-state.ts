import { bot, teamId } from './cast.ts'
import type { OpenView } from './workspace.ts'

/** What stands in a field: as typed, else as the app filled it in. */
const valueOf = (open: OpenView, blockId: string): string => {
  const typed = open.values[blockId]
  if (typed !== undefined) return typed
  const block = open.view.blocks.find((one) => one.type === 'input' && one.block_id === blockId)
  if (block?.type !== 'input') return ''
  const { element } = block
  return (element.type === 'static_select' ? element.initial_option?.value : element.initial_value) ?? ''
}

/** What Slack's client says of a form before it sends it: what is required, and what is too long. */
export const missingIn = (open: OpenView): Record<string, string> => {
  const found: Record<string, string> = {}
  for (const block of open.view.blocks) {
    if (block.type !== 'input' || block.block_id === undefined) continue
    const value = valueOf(open, block.block_id)
    if (value === '' && block.optional !== true)
      found[block.block_id] = 'Please complete this required field.'
    const limit =
      block.element.type === 'plain_text_input' ? (block.element.max_length ?? 3_000) : value.length
    if (value.length > limit) found[block.block_id] = `Please use at most ${limit} characters.`
  }
  return found
}

/** The form as the app is told of it. */
export const payloadOf = (open: OpenView): object => {
  const values = open.view.blocks.flatMap((block) => {
    if (block.type !== 'input' || block.block_id === undefined) return []
    const value = valueOf(open, block.block_id)
    const { type, action_id: actionId = 'value' } = block.element
    const chosen = value === '' ? null : { text: { type: 'plain_text', text: value }, value }
    const state =
      type === 'static_select'
        ? { type, selected_option: chosen }
        : { type, value: value === '' ? null : value }
    return [[block.block_id, { [actionId]: state }] as const]
  })
  const { id, hash, view } = open
  const ids = { id, hash, team_id: teamId, app_id: bot.appId, bot_id: bot.botId }
  return { ...view, ...ids, state: { values: Object.fromEntries(values) } }
}
