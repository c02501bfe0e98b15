import { z } from 'zod'

/** What the bot's own steps write, a line each. */
const ownLine = z.looseObject({ time: z.iso.datetime(), message: z.string(), level: z.string().optional() })

/** A line of a step's log as people read it: when, what and its details, where one of our steps wrote it; else as it is. */
export const readableLine = (line: string): string => {
  try {
    const own = ownLine.safeParse(JSON.parse(line)).data
    if (own === undefined) return line
    const { time, message, level: _level, ...details } = own
    const rest = Object.keys(details).length === 0 ? '' : ` ${JSON.stringify(details)}`
    return `${time.slice(11, 19)} ${message}${rest}`
  } catch {
    // Any other program's line.
    return line
  }
}
