import { pino, type DestinationStream, type Logger } from 'pino'

import { redact } from './redact.ts'

export type Log = Logger

/**
 * A logger that writes one JSON line per event and hides every secret shape, also inside error texts.
 * Level is one of pino's; the destination defaults to standard output.
 */
export const createLog = (level: string, destination?: DestinationStream): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: redact },
    },
    ...(destination === undefined ? [] : [destination]),
  )
