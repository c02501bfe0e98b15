const words = (size: number): string => 'x'.repeat(size)
const plain = (size: number): object => ({ type: 'plain_text', text: words(size) })
const mrkdwn = (size: number): object => ({ type: 'mrkdwn', text: words(size) })
const times = (size: number, make: (index: number) => object): readonly object[] =>
  Array.from({ length: size }, (_, index) => make(index))

const button = (more: object): object => ({ type: 'button', text: plain(1), ...more })
const actions = (...elements: readonly object[]): object => ({ type: 'actions', elements })
const confirm = (more: object): object =>
  actions(
    button({
      confirm: { title: plain(1), text: plain(1), confirm: plain(1), deny: plain(1), ...more },
    }),
  )
const option = (more: object): object => ({ text: plain(1), value: 'v', ...more })
const select = (more: object): object => ({ type: 'static_select', options: [option({})], ...more })
const textInput = (more: object): object => ({ type: 'plain_text_input', ...more })
const input = (element: object, more: object = {}): object => ({
  type: 'input',
  label: plain(1),
  element,
  ...more,
})
const task = (index: number): object => ({
  type: 'task_card',
  task_id: `t${index}`,
  title: 'x',
  status: 'pending',
})
export const view = (more: object = {}): object => ({
  type: 'modal',
  title: plain(1),
  submit: plain(1),
  blocks: [{ type: 'divider' }],
  ...more,
})

type Limit = readonly [what: string, most: number, make: (size: number) => object, place: string]

/** Of one block: how much of it Slack takes, how it is made so large, and where Slack points when it is larger. */
export const blockLimits: readonly Limit[] = [
  ['header text', 150, (size) => ({ type: 'header', text: plain(size) }), 'text/text'],
  ['section text', 3_000, (size) => ({ type: 'section', text: mrkdwn(size) }), 'text/text'],
  [
    'section field',
    2_000,
    (size) => ({ type: 'section', fields: [plain(1), mrkdwn(size)] }),
    'fields/1/text',
  ],
  ['section fields', 10, (size) => ({ type: 'section', fields: times(size, () => plain(1)) }), 'fields'],
  [
    'context elements',
    10,
    (size) => ({ type: 'context', elements: times(size, () => mrkdwn(1)) }),
    'elements',
  ],
  ['actions elements', 25, (size) => actions(...times(size, () => button({}))), 'elements'],
  ['block_id', 255, (size) => ({ type: 'divider', block_id: words(size) }), 'block_id'],
  ['action_id', 255, (size) => actions(button({ action_id: words(size) })), 'elements/0/action_id'],
  ['button text', 75, (size) => actions(button({ text: plain(size) })), 'elements/0/text/text'],
  ['button value', 2_000, (size) => actions(button({ value: words(size) })), 'elements/0/value'],
  [
    'button url',
    3_000,
    (size) => actions(button({ url: `https://x.example/${words(size - 18)}` })),
    'elements/0/url',
  ],
  [
    'button accessibility_label',
    75,
    (size) => actions(button({ accessibility_label: words(size) })),
    'elements/0/accessibility_label',
  ],
  ['confirm title', 100, (size) => confirm({ title: plain(size) }), 'elements/0/confirm/title/text'],
  ['confirm text', 300, (size) => confirm({ text: mrkdwn(size) }), 'elements/0/confirm/text/text'],
  ['confirm button', 30, (size) => confirm({ confirm: plain(size) }), 'elements/0/confirm/confirm/text'],
  ['deny button', 30, (size) => confirm({ deny: plain(size) }), 'elements/0/confirm/deny/text'],
  [
    'select options',
    100,
    (size) => actions(select({ options: times(size, () => option({})) })),
    'elements/0/options',
  ],
  [
    'option text',
    75,
    (size) => actions(select({ options: [option({ text: plain(size) })] })),
    'elements/0/options/0/text/text',
  ],
  [
    'option value',
    75,
    (size) => actions(select({ options: [option({ value: words(size) })] })),
    'elements/0/options/0/value',
  ],
  [
    'option description',
    75,
    (size) => actions(select({ options: [option({ description: plain(size) })] })),
    'elements/0/options/0/description/text',
  ],
  [
    'select placeholder',
    150,
    (size) => actions(select({ placeholder: plain(size) })),
    'elements/0/placeholder/text',
  ],
  ['plan tasks', 50, (size) => ({ type: 'plan', title: 'x', tasks: times(size, task) }), 'tasks'],
]

/** The same of a view. */
export const viewLimits: readonly Limit[] = [
  ['modal title', 24, (size) => view({ title: plain(size) }), 'title/text'],
  ['modal submit', 24, (size) => view({ submit: plain(size) }), 'submit/text'],
  ['modal close', 24, (size) => view({ close: plain(size) }), 'close/text'],
  ['private_metadata', 3_000, (size) => view({ private_metadata: words(size) }), 'private_metadata'],
  ['callback_id', 255, (size) => view({ callback_id: words(size) }), 'callback_id'],
  ['external_id', 255, (size) => view({ external_id: words(size) }), 'external_id'],
  ['blocks of a modal', 100, (size) => view({ blocks: times(size, () => ({ type: 'divider' })) }), 'blocks'],
  [
    'input label',
    2_000,
    (size) => view({ blocks: [input(textInput({}), { label: plain(size) })] }),
    'blocks/0/label/text',
  ],
  [
    'input hint',
    2_000,
    (size) => view({ blocks: [input(textInput({}), { hint: plain(size) })] }),
    'blocks/0/hint/text',
  ],
  [
    'input placeholder',
    150,
    (size) => view({ blocks: [input(textInput({ placeholder: plain(size) }))] }),
    'blocks/0/element/placeholder/text',
  ],
  [
    'input max_length',
    3_000,
    (size) => view({ blocks: [input(textInput({ max_length: size }))] }),
    'blocks/0/element/max_length',
  ],
  [
    'input min_length',
    3_000,
    (size) => view({ blocks: [input(textInput({ min_length: size }))] }),
    'blocks/0/element/min_length',
  ],
]
