import { proxyTrouble } from '../../network/no-answer.ts'
import { SlackRefusal } from '../../slack/inspection.ts'
import { skipped, type Verdict, wrong } from './check.ts'

export const codeOf = (error: unknown): string => (error instanceof SlackRefusal ? error.code : 'unknown')

/** The refusals that every method may give; others are told by the method's own words. */
export const refused = (
  apiUrl: string,
  error: unknown,
  words: Readonly<Record<string, Verdict>> = {},
): Verdict => {
  const code = codeOf(error)
  const own = words[code]
  if (own !== undefined) return own
  const proxy = proxyTrouble(error)
  if (proxy !== undefined) return wrong(`${apiUrl} cannot be reached: ${proxy.why}`, proxy.cure)
  if (code === 'unreachable')
    return wrong(`${apiUrl} cannot be reached`, `curl -sS ${apiUrl}api.test   # from where the bot runs`)
  if (code === 'ratelimited') return skipped('because Slack limits calls just now', 'try again in a minute')
  return wrong(`Slack refuses: ${code}`, `look ${code} up at https://docs.slack.dev/reference/methods`)
}

export const missingScope = (scope: string): Verdict => skipped(`because the scope ${scope} is missing`)
