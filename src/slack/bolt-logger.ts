import { type Logger, LogLevel } from '@slack/web-api'

import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'

/** What the Web API's client says of a call that got no answer, before the reason: neither what was called nor a cure. */
const noAnswer = 'http request failed'

/** Two sockets and every call tell the same of an outage: the same words are said again after this (milliseconds). */
const againMs = 60_000
/** Words that differ each time are not kept for ever. */
const rememberedWords = 100

/** Whether words are due that may have been said already. */
const createPace = (clock: Clock): ((words: string) => boolean) => {
  const said = new Map<string, number>()
  return (words) => {
    const before = said.get(words)
    if (before !== undefined && clock.elapsed() - before < againMs) return false
    if (said.size >= rememberedWords) said.clear()
    said.set(words, clock.elapsed())
    return true
  }
}

/**
 * Bolt's logger on pino, which lacks the methods that Bolt calls: one for all that talks to the same Slack, so that what
 * several say is logged once. The level is set where pino is made.
 */
export const createBoltLogger = ({
  log,
  apiUrl,
  clock,
}: {
  log: Log
  apiUrl: string
  clock: Clock
}): Logger => {
  const isDue = createPace(clock)
  const text = (parts: unknown[]): string =>
    parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ')
  const say = (level: 'warn' | 'error', words: string): void => {
    if (log.isLevelEnabled(level) && isDue(words)) log[level](words)
  }
  return {
    // At debug Bolt writes whole payloads, with what people typed.
    debug: () => undefined,
    info: (...parts) => {
      log.debug(text(parts))
    },
    warn: (...parts) => {
      const [first, ...reason] = parts
      say(
        'warn',
        first === noAnswer
          ? `Slack cannot be reached at ${apiUrl} (${text(reason)}); check SLACK_API_URL, the network and the proxy`
          : text(parts),
      )
    },
    error: (...parts) => {
      say('error', text(parts))
    },
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  }
}
