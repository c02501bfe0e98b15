import { type Logger, LogLevel } from '@slack/web-api'

import type { Log } from '../log.ts'

/** What the Web API's client says of a call that got no answer, before the reason: neither what was called nor a cure. */
const noAnswer = 'http request failed'

/** Bolt's logger on pino, which lacks the methods that Bolt calls. The level is set where pino is made. */
export const createBoltLogger = ({ log, apiUrl }: { log: Log; apiUrl: string }): Logger => {
  const text = (parts: unknown[]): string =>
    parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ')
  return {
    // At debug Bolt writes whole payloads, with what people typed.
    debug: () => undefined,
    info: (...parts) => {
      log.debug(text(parts))
    },
    warn: (...parts) => {
      const [first, ...reason] = parts
      log.warn(
        first === noAnswer
          ? `Slack cannot be reached at ${apiUrl} (${text(reason)}); check SLACK_API_URL, the network and the proxy`
          : text(parts),
      )
    },
    error: (...parts) => {
      log.error(text(parts))
    },
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  }
}
