import type { MessageBlock } from './block-schemas.ts'
import { channels, groups } from './cast.ts'
import emoji from './page/emoji.json' with { type: 'json' }
import type { Message, Workspace } from './workspace.ts'

const emojiNames: ReadonlyMap<string, string> = new Map(Object.entries(emoji))

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

const renderParsed = (text: string, nameOf: (id: string) => string): string =>
  text
    .replaceAll(/<@([UW][A-Z0-9]+)>/g, (_, id: string) => `@${nameOf(id)}`)
    .replaceAll(
      /<!subteam\^(S[A-Z0-9]+)>/g,
      (_, id: string) => `@${groups.find((one) => one.id === id)?.handle ?? id}`,
    )
    .replaceAll(
      /<#([CG][A-Z0-9]+)>/g,
      (_, id: string) => `#${channels.find((one) => one.id === id)?.name ?? id}`,
    )
    .replaceAll(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll(/<(https?:[^|>]+)\|([^>]*)>/g, '$2')
    .replaceAll(/(?<![\w*])\*([^*\n]+)\*(?![\w*])/g, '$1')
    .replaceAll(/:([a-z_]+):/g, (all, name: string) => emojiNames.get(name) ?? all)

/** mrkdwn as people read it in a terminal: nothing within code is parsed. */
const renderMrkdwn = (text: string, nameOf: (id: string) => string): string =>
  text
    .split(/(`[^`\n]+`)/)
    .map((piece) => unescaped(piece.startsWith('`') ? piece : renderParsed(piece, nameOf)))
    .join('')

interface Piece {
  readonly type?: string
  readonly text?: unknown
  readonly elements?: readonly Piece[]
  readonly style?: unknown
}

const richText = (piece: Piece): string => {
  const inner = (piece.elements ?? []).map(richText)
  switch (piece.type ?? '') {
    case 'rich_text_list':
      return inner
        .map((line, index) => `  ${piece.style === 'ordered' ? `${index + 1}.` : '•'} ${line}`)
        .join('\n')
    case 'rich_text_quote':
      return `  | ${inner.join('')}`
    case 'rich_text_preformatted':
      return inner
        .join('')
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n')
    case 'rich_text':
      return inner.join('\n')
    default:
      return typeof piece.text === 'string' ? piece.text : inner.join('')
  }
}

const marks = { pending: '[ ]', in_progress: '[~]', complete: '[x]', error: '[!]' } as const

const textOf = (value: unknown, nameOf: (id: string) => string): string => {
  if (typeof value !== 'object' || value === null || !('text' in value) || typeof value.text !== 'string')
    return ''
  return 'type' in value && value.type === 'mrkdwn' ? renderMrkdwn(value.text, nameOf) : value.text
}

const renderBlock = (block: MessageBlock, nameOf: (id: string) => string): readonly string[] => {
  switch (block.type) {
    case 'header':
      return [textOf(block.text, nameOf)]
    case 'section': {
      const fields = (block.fields ?? []).map((field) => textOf(field, nameOf).replace('\n', ' '))
      return [...(block.text === undefined ? [] : [textOf(block.text, nameOf)]), ...fields]
    }
    case 'context':
      return [block.elements.map((element) => textOf(element, nameOf)).join(' ')]
    case 'plan':
      return [
        block.title,
        ...block.tasks.map(({ status, title, details }) => {
          const more = details === undefined ? '' : `  (${richText(details)})`
          return `  ${marks[status]} ${title}${more}`
        }),
      ]
    case 'task_card':
      return [`${marks[block.status]} ${block.title}`]
    case 'rich_text':
      return [richText(block)]
    case 'actions':
      return [
        block.elements
          .map((element) => `[${element.type === 'button' ? textOf(element.text, nameOf) : 'select'}]`)
          .join(' '),
      ]
    case 'divider':
      return ['---']
  }
}

/** A message as a person reads it. */
export const renderMessage = (message: Pick<Message, 'text' | 'blocks'>, workspace: Workspace): string => {
  const nameOf = (id: string): string => workspace.nameOf(id)
  if (message.blocks.length === 0) return renderMrkdwn(message.text, nameOf)
  return message.blocks.flatMap((block) => renderBlock(block, nameOf)).join('\n')
}

/** A whole thread as a person reads it. */
export const renderThread = (channel: string, ts: string, workspace: Workspace): string =>
  workspace
    .thread(channel, ts)
    .map((message, index) => {
      const lines = renderMessage(message, workspace).split('\n')
      return lines.map((line) => `${index === 0 ? '' : '   '}${line}`).join('\n')
    })
    .join('\n')
