import { z } from 'zod'

import { errorsOf, withInput } from './block-errors.ts'
import { messageBlocks, modal, type Modal } from './block-schemas.ts'

export interface Refused {
  readonly ok: false
  readonly error: string
  readonly [field: string]: unknown
}

export type Arguments = Readonly<Record<string, unknown>>

export const no = (error: string, more: object = {}): Refused => ({ ok: false, error, ...more })

export const isRefused = (value: object): value is Refused => 'ok' in value && value.ok === false

export const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const invalid = (error: string, messages: readonly string[]): Refused =>
  no(error, { errors: messages, response_metadata: { messages } })

/** Sum of all blocks at which Slack answers msg_blocks_too_long. */
const longestBlocks = 12_000
/** Of a post, which is cut; an update with more than {@link longestUpdate} is refused. */
const longestText = 40_000
const longestUpdate = 4_000
const largestView = 250_000

interface Content {
  readonly text: string
  readonly blocks: z.infer<typeof messageBlocks>
}

/** The text and blocks of a post, or why Slack refuses them. */
export const contentOf = (given: Arguments): Content | Refused => {
  const raw = given['blocks'] ?? []
  const parsed = messageBlocks.safeParse(raw, withInput)
  if (!parsed.success) return invalid('invalid_blocks', errorsOf(parsed.error, 'blocks'))
  if (JSON.stringify(raw).length > longestBlocks) return no('msg_blocks_too_long')
  if (text(given['text']) === '' && parsed.data.length === 0) return no('no_text')
  return { text: text(given['text']).slice(0, longestText), blocks: parsed.data }
}

/** The same of an update. */
export const updateOf = (given: Arguments): Content | Refused =>
  text(given['text']).length > longestUpdate ? no('msg_too_long') : contentOf(given)

const metadataSchema = z.object({
  event_type: z.string().min(1),
  event_payload: z.record(z.string(), z.unknown()),
})
export type Metadata = z.infer<typeof metadataSchema>

/** What a post says of itself; an update that says nothing changes nothing, and an empty object clears it. */
export const metadataOf = (
  given: Arguments,
  before?: Metadata,
): { metadata: Metadata | undefined } | Refused => {
  const raw = given['metadata']
  if (raw === undefined) return { metadata: before }
  if (typeof raw === 'object' && raw !== null && Object.keys(raw).length === 0) return { metadata: undefined }
  const parsed = metadataSchema.safeParse(raw)
  return parsed.success ? { metadata: parsed.data } : no('invalid_metadata_format')
}

/** A view, or why Slack refuses it. */
export const viewOf = (given: Arguments): { view: Modal } | Refused => {
  const parsed = modal.safeParse(given['view'], withInput)
  if (!parsed.success) return invalid('invalid_arguments', errorsOf(parsed.error, 'view'))
  return JSON.stringify(given['view']).length > largestView ? no('view_too_large') : { view: parsed.data }
}
