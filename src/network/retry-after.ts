/** The form that the Service Manager sends: `2026-09-14 08:16:00 +0000 UTC`. */
const goTime = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? \+0000 UTC$/

/** An HTTP date (RFC 9110): `Date.parse` takes much else, such as `-1`, for a date. */
const httpDate = /^[A-Z][a-z]+, \d/

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0]

const until = (time: number, now: number): number | undefined =>
  Number.isFinite(time) ? Math.max(0, time - now) : undefined

const timeOf = (text: string): number => {
  const [, day, time] = goTime.exec(text) ?? []
  if (day !== undefined) return Date.parse(`${day}T${time}Z`)
  return httpDate.test(text) ? Date.parse(text) : Number.NaN
}

/** `X-Ratelimit-Reset`: SAP BTP writes milliseconds since 1970, argo-server an HTTP date. */
const resetOf = (text: string): number => (/^[1-9]\d*$/.test(text) ? Number(text) : timeOf(text))

/**
 * How long a server asks to wait (milliseconds): `Retry-After` in seconds, as an HTTP date or as Go prints a time, else
 * until `X-Ratelimit-Reset`. Undefined where it says nothing of the kind.
 */
export const retryAfterMs = (headers: Headers, now: number): number | undefined => {
  const after = one(headers['retry-after'])
  const reset = one(headers['x-ratelimit-reset'])
  if (after === undefined) return reset === undefined ? undefined : until(resetOf(reset), now)
  return /^\d+(?:\.\d+)?$/.test(after) ? Number(after) * 1_000 : until(timeOf(after), now)
}
