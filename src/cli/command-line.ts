import { parseArgs } from 'node:util'

const usage = `usage: onboard-bot [doctor [--json] [--timeout SECONDS]]

  onboard-bot           serves Slack until it is told to stop
  onboard-bot doctor    checks the configuration, Slack, the data folder and every cluster, and says what cures
                        what is wrong; a bot that runs on the same data is not disturbed

doctor takes:
  --json               one JSON object a line instead of text: id, area, title, outcome, says, cure
  --timeout SECONDS    how long one check, and each call in it, may take before it is given up; 5 if not said. The bot
                       itself waits for a call for 10 seconds

and ends with 0 when all is ok or only warned of, 1 when something is wrong, 2 when the configuration cannot be used
or the command is not understood.
`

/** What the process was started for. */
export type Command =
  | { readonly name: 'serve' }
  | { readonly name: 'doctor'; readonly isJson: boolean; readonly limitMs: number }
  | { readonly name: 'help'; readonly text: string }
  | { readonly name: 'not-understood'; readonly text: string }

const notUnderstood = (why: string): Command => ({ name: 'not-understood', text: `${why}\n\n${usage}` })

const seconds = '--timeout takes a whole number of seconds from 1 to 999'

const options = {
  json: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '5' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const isParseError = (error: unknown): error is Error =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  error.code.startsWith('ERR_PARSE_ARGS')

/** Reads the words after the program's name. */
export const readCommand = (words: readonly string[]): Command => {
  const [name, ...rest] = words
  if (name === undefined) return { name: 'serve' }
  if (['--help', '-h', 'help'].includes(name)) return { name: 'help', text: usage }
  if (name !== 'doctor') return notUnderstood(`There is no command "${name}".`)
  try {
    const { values } = parseArgs({ args: rest, options, strict: true })
    if (values.help) return { name: 'help', text: usage }
    if (!/^[1-9]\d{0,2}$/.test(values.timeout)) return notUnderstood(`${seconds}, not "${values.timeout}".`)
    return { name: 'doctor', isJson: values.json, limitMs: Number(values.timeout) * 1_000 }
  } catch (error) {
    if (!isParseError(error)) throw error
    // Node's own sentence tells how to write what this takes in no spelling.
    return notUnderstood(error.message.startsWith("Option '--timeout") ? `${seconds}.` : error.message)
  }
}
