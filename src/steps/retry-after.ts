/** The form that the Service Manager sends: `2026-09-14 08:16:00 +0000 UTC`. */
const goTime = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? \+0000 UTC$/

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0]

const until = (time: number, now: number): number | undefined =>
  Number.isFinite(time) ? Math.max(0, time - now) : undefined

/**
 * How long a server asks to wait (milliseconds): `Retry-After` in seconds, as an HTTP date or as Go prints a time, else
 * `X-Ratelimit-Reset` in milliseconds since 1970. Undefined where it does not say.
 */
export const retryAfterMs = (headers: Headers, now: number): number | undefined => {
  const after = one(headers['retry-after'])
  const reset = one(headers['x-ratelimit-reset'])
  if (after === undefined) return reset === undefined ? undefined : until(Number(reset), now)
  if (/^\d+(?:\.\d+)?$/.test(after)) return Number(after) * 1_000
  const [, day, time] = goTime.exec(after) ?? []
  return until(Date.parse(day === undefined ? after : `${day}T${time}Z`), now)
}
