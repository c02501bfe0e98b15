import { type Logger, LogLevel } from '@slack/web-api'

import type { Log } from '../log.ts'

/** Bolt's logger on pino, which lacks the methods that Bolt calls. The level is set where pino is made. */
export const createBoltLogger = (log: Log): Logger => {
  const text = (parts: unknown[]): string =>
    parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ')
  return {
    // At debug Bolt writes whole payloads, with what people typed.
    debug: () => undefined,
    info: (...parts) => {
      log.debug(text(parts))
    },
    warn: (...parts) => {
      log.warn(text(parts))
    },
    error: (...parts) => {
      log.error(text(parts))
    },
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  }
}
