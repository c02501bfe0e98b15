import { isDeepStrictEqual } from 'node:util'

import { z } from 'zod'

// Slack's limits as its Block Kit reference states them; unknown keys are refused as Slack refuses them.
const plain = (limit: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(limit),
    emoji: z.boolean().optional(),
  })
const mrkdwn = (limit: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(limit),
    verbatim: z.boolean().optional(),
  })
const anyText = (limit: number) => z.discriminatedUnion('type', [plain(limit), mrkdwn(limit)])
const id = z.string().min(1).max(255).optional()

const confirm = z.strictObject({
  title: plain(100),
  text: anyText(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(['primary', 'danger']).optional(),
})

const option = z.strictObject({
  text: plain(75),
  value: z.string().min(1).max(75),
  description: plain(75).optional(),
})

const button = z.strictObject({
  type: z.literal('button'),
  action_id: id,
  text: plain(75),
  value: z.string().max(2_000).optional(),
  url: z.url().max(3_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
})

const select = z
  .strictObject({
    type: z.literal('static_select'),
    action_id: id,
    options: z.array(option).min(1).max(100),
    initial_option: option.optional(),
    placeholder: plain(150).optional(),
  })
  .refine(
    ({ options, initial_option: initial }) =>
      initial === undefined || options.some((one) => isDeepStrictEqual(one, initial)),
    // Slack's words for initial_options, which its reference describes alike (github.com/maxchehab/phelia/pull/23).
    { path: ['initial_option'], message: 'must be one of the provided options' },
  )

const input = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: id,
  initial_value: z.string().max(3_000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.number().int().min(0).max(3_000).optional(),
  max_length: z.number().int().min(1).max(3_000).optional(),
  placeholder: plain(150).optional(),
})

const style = z.strictObject({
  bold: z.boolean().optional(),
  italic: z.boolean().optional(),
  code: z.boolean().optional(),
})
const richElement = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), style: style.optional() }),
  z.strictObject({ type: z.literal('user'), user_id: z.string() }),
  z.strictObject({ type: z.literal('link'), url: z.string(), text: z.string().optional() }),
])
const richSection = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(richElement) })
const richText = z.strictObject({
  type: z.literal('rich_text'),
  block_id: id,
  elements: z.array(
    z.discriminatedUnion('type', [
      richSection,
      z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(richElement) }),
      z.strictObject({ type: z.literal('rich_text_preformatted'), elements: z.array(richElement) }),
      z.strictObject({
        type: z.literal('rich_text_list'),
        style: z.enum(['ordered', 'bullet']),
        elements: z.array(richSection),
      }),
    ]),
  ),
})

const taskCard = z.strictObject({
  type: z.literal('task_card'),
  block_id: id,
  task_id: z.string().min(1),
  title: z.string().min(1),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: richText.optional(),
  output: richText.optional(),
})

const hasUniqueIds = (tasks: readonly { task_id: string }[]): boolean =>
  new Set(tasks.map(({ task_id: taskId }) => taskId)).size === tasks.length

const shared = [
  z
    .strictObject({
      type: z.literal('section'),
      block_id: id,
      text: anyText(3_000).optional(),
      fields: z.array(anyText(2_000)).min(1).max(10).optional(),
    })
    .refine(({ text, fields }) => text !== undefined || fields !== undefined, 'must have text or fields'),
  z.strictObject({ type: z.literal('header'), block_id: id, text: plain(150) }),
  z.strictObject({ type: z.literal('divider'), block_id: id }),
  z.strictObject({
    type: z.literal('context'),
    block_id: id,
    elements: z.array(anyText(2_000)).min(1).max(10),
  }),
  z.strictObject({
    type: z.literal('actions'),
    block_id: id,
    elements: z
      .array(z.discriminatedUnion('type', [button, select]))
      .min(1)
      .max(25),
  }),
  richText,
] as const

const messageBlock = z.discriminatedUnion('type', [
  ...shared,
  taskCard,
  z.strictObject({
    type: z.literal('plan'),
    block_id: id,
    title: z.string().min(1),
    tasks: z.array(taskCard).min(1).max(50).refine(hasUniqueIds, 'must have unique task ids'),
  }),
])

const viewBlock = z.discriminatedUnion('type', [
  ...shared,
  z.strictObject({
    type: z.literal('input'),
    block_id: id,
    label: plain(2_000),
    hint: plain(2_000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
    element: z.discriminatedUnion('type', [input, select]),
  }),
])

const hasUniqueBlocks = (blocks: readonly { block_id?: string | undefined }[]): boolean => {
  const ids = blocks.flatMap(({ block_id: blockId }) => blockId ?? [])
  return new Set(ids).size === ids.length
}

export const messageBlocks = z
  .array(messageBlock)
  .max(50)
  .refine(hasUniqueBlocks, 'must have unique block ids')

export const modal = z
  .strictObject({
    type: z.literal('modal'),
    title: plain(24),
    submit: plain(24).optional(),
    close: plain(24).optional(),
    callback_id: id,
    external_id: z.string().max(255).optional(),
    private_metadata: z.string().max(3_000).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    blocks: z.array(viewBlock).max(100).refine(hasUniqueBlocks, 'must have unique block ids'),
  })
  .refine(
    ({ blocks, submit }) => submit !== undefined || blocks.every(({ type }) => type !== 'input'),
    'must have submit',
  )

export type MessageBlock = z.infer<typeof messageBlock>
export type Modal = z.infer<typeof modal>
