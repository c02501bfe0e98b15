import type { Parameter } from '../onboarding/onboarding.ts'
import { straightened, typedWords } from './typed-words.ts'

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

/** Far more than all values of a form may have, written with escapes of five characters each. */
const longestLine = 16_000

/** Understands `CLUSTER NAMESPACE [TEMPLATE] [name=value …]` and the subcommands. */
export const parseCommandLine = (text: string): CommandLine => {
  if (text.length > longestLine) {
    const cure = 'Open the form by /onboard alone and put long values into its fields.'
    return {
      kind: 'mistake',
      text: `The command is too long: it may have ${longestLine} characters. ${cure}`,
    }
  }
  const all = typedWords(text)
  if (all === undefined) return { kind: 'mistake', text: 'A quote is opened and never closed.' }
  const [first, ...rest] = all
  const subcommand = first === undefined ? undefined : subcommandOf(straightened(first))
  if (subcommand !== undefined) return understoodAs(subcommand, rest.map(straightened))
  const words = all.filter((word) => !word.includes('='))
  const values = all
    .filter((word) => word.includes('='))
    .map((word) => ({
      name: straightened(word.slice(0, word.indexOf('='))),
      value: word.slice(word.indexOf('=') + 1),
    }))
  const nameless = values.find(({ name }) => name === '')
  if (nameless !== undefined)
    return { kind: 'mistake', text: `"=${nameless.value}" has no name before the "=".` }
  const before = new Set<string>()
  const doubled = values.find(({ name }) => before.size === before.add(name).size)
  if (doubled !== undefined) return { kind: 'mistake', text: `"${doubled.name}" is given twice.` }
  const quoting = quotingOf(all)
  if (words.length > 3)
    return { kind: 'mistake', text: withQuoting(`"${words.slice(3).join(' ')}" is too much.`, quoting) }
  return { kind: 'place', words: words.map(straightened), values, ...(quoting !== undefined && { quoting }) }
}
