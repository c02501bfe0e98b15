import type { Parameter } from '../onboarding/onboarding.ts'

/** What somebody typed after a command, understood but not checked against what is offered. */
export type CommandLine =
  | {
      readonly kind: 'place'
      readonly words: readonly string[]
      readonly values: readonly Parameter[]
      /** What to type if bare words after a value were meant to belong to it. */
      readonly quoting?: string
    }
  | { readonly kind: 'subcommand'; readonly name: Subcommand; readonly words: readonly string[] }
  | { readonly kind: 'mistake'; readonly text: string; readonly after?: Subcommand }

export const subcommands = ['status', 'list', 'help', 'who-can-approve'] as const
export type Subcommand = (typeof subcommands)[number]

const helpWords = ['-h', '--help', '?']

/** The subcommand that a first word means; people write them in any case, and ask for help as they do elsewhere. */
const subcommandOf = (word: string): Subcommand | undefined =>
  helpWords.includes(word) ? 'help' : subcommands.find((name) => name === word.toLowerCase())

/** How many words a subcommand takes after its name. */
const takes: Readonly<Record<Subcommand, number>> = {
  status: 3,
  list: 0,
  help: Infinity,
  'who-can-approve': 0,
}

const understoodAs = (name: Subcommand, words: readonly string[]): CommandLine => {
  const value = words.find((word) => word.includes('='))
  if (name !== 'help' && value !== undefined)
    return { kind: 'mistake', text: `"${value}": ${name} takes no values.`, after: name }
  const extra = words.slice(takes[name])
  if (extra.length > 0)
    return { kind: 'mistake', text: `"${extra.join(' ')}" is too much after ${name}.`, after: name }
  return { kind: 'subcommand', name, words }
}

// Slack's clients turn quotes and dashes into typographic ones while people type.
const straightened = (text: string): string =>
  text
    .replaceAll(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replaceAll(/[\u2018\u2019\u201a]/g, "'")
    .replaceAll(/[\u2010-\u2012\u2013\u2212]/g, '-')
    .replaceAll('\u2014', '--')
    .replaceAll('\u00a0', ' ')

// With should_escape Slack sends <#C1|name>, <@U1|name> and <http://a|a> for what people typed as text.
const unescaped = (text: string): string =>
  text
    .replaceAll(/<[#@!][^>|]*\|([^>]*)>/g, '$1')
    .replaceAll(/<((?:https?|mailto):[^>|]*)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

interface Cutting {
  readonly words: string[]
  word: string | undefined
  quote: string | undefined
}

const step = (cutting: Cutting, character: string): void => {
  const { quote, word } = cutting
  if (quote !== undefined) {
    if (character === quote) cutting.quote = undefined
    else cutting.word = `${word ?? ''}${character}`
    return
  }
  // A quote inside a word is an apostrophe; at its beginning or after = it opens a quoted value.
  const opens = (character === '"' || character === "'") && (word === undefined || word.endsWith('='))
  if (opens) {
    cutting.quote = character
    cutting.word = word ?? ''
  } else if (/\s/u.test(character)) {
    if (word !== undefined) cutting.words.push(word)
    cutting.word = undefined
  } else {
    cutting.word = `${word ?? ''}${character}`
  }
}

/** Cuts at spaces outside quotes; undefined when a quote is never closed. */
const cutWords = (text: string): readonly string[] | undefined => {
  const cutting: Cutting = { words: [], word: undefined, quote: undefined }
  for (const character of text) step(cutting, character)
  if (cutting.quote !== undefined) return undefined
  return cutting.word === undefined ? cutting.words : [...cutting.words, cutting.word]
}

/** `name="two words"` for the first value that bare words follow. */
const quotingOf = (all: readonly string[]): string | undefined => {
  const at = all.findIndex((word, index) => word.includes('=') && all[index + 1]?.includes('=') === false)
  if (at === -1) return undefined
  const rest = all.slice(at + 1)
  const end = rest.findIndex((word) => word.includes('='))
  const [name, ...value] = (all[at] ?? '').split('=')
  return `${name}="${[value.join('='), ...rest.slice(0, end === -1 ? undefined : end)].join(' ')}"`
}

/** A mistake with what to type instead, if it came of a value of several words. */
export const withQuoting = (mistake: string, quoting: string | undefined): string =>
  quoting === undefined ? mistake : `${mistake} A value of several words stands in quotes: ${quoting}`

/** Understands `CLUSTER NAMESPACE [TEMPLATE] [name=value …]` and the subcommands. */
export const parseCommandLine = (text: string): CommandLine => {
  const all = cutWords(unescaped(straightened(text)))
  if (all === undefined) return { kind: 'mistake', text: 'A quote is opened and never closed.' }
  const [first, ...rest] = all
  const subcommand = first === undefined ? undefined : subcommandOf(first)
  if (subcommand !== undefined) return understoodAs(subcommand, rest)
  const words = all.filter((word) => !word.includes('='))
  const values = all
    .filter((word) => word.includes('='))
    .map((word) => ({ name: word.slice(0, word.indexOf('=')), value: word.slice(word.indexOf('=') + 1) }))
  const nameless = values.find(({ name }) => name === '')
  if (nameless !== undefined)
    return { kind: 'mistake', text: `"=${nameless.value}" has no name before the "=".` }
  const doubled = values.find(({ name }, index) => values.findIndex((other) => other.name === name) !== index)
  if (doubled !== undefined) return { kind: 'mistake', text: `"${doubled.name}" is given twice.` }
  const quoting = quotingOf(all)
  if (words.length > 3)
    return { kind: 'mistake', text: withQuoting(`"${words.slice(3).join(' ')}" is too much.`, quoting) }
  return { kind: 'place', words, values, ...(quoting !== undefined && { quoting }) }
}
