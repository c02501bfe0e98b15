import { expect, it } from 'vitest'

import { retryAfterMs } from './retry-after.ts'

const now = Date.parse('2026-09-14T08:15:00Z')

it.each<[headers: Readonly<Record<string, string>>, ms: number | undefined]>([
  [{ 'retry-after': '30' }, 30_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Mon, 14 Sep 2026 08:16:00 GMT' }, 60_000],
  [{ 'retry-after': '2026-09-14 08:16:00 +0000 UTC' }, 60_000],
  [{ 'retry-after': '2026-09-14 08:16:00.123 +0000 UTC' }, 60_000],
  [{ 'retry-after': 'Mon, 14 Sep 2026 08:00:00 GMT' }, 0],
  [{ 'x-ratelimit-reset': String(now + 5_000) }, 5_000],
  [{ 'x-ratelimit-reset': 'Mon, 14 Sep 2026 08:15:01 GMT' }, 1_000],
  [{ 'retry-after': 'Mon, 14 Sep 2026 08:15:20 UTC' }, 20_000],
  [{ 'retry-after': '2', 'x-ratelimit-reset': String(now + 5_000) }, 2_000],
])('%j is understood', (headers, ms) => {
  expect(retryAfterMs(headers, now)).toBe(ms)
})

it.each<Readonly<Record<string, string>>>([
  {},
  { 'retry-after': '-1' },
  { 'retry-after': '' },
  { 'retry-after': 'soon' },
  { 'retry-after': 'Mon, 99 Sep 2026' },
  { 'x-ratelimit-reset': '-1' },
  { 'x-ratelimit-reset': '' },
  { 'x-ratelimit-reset': '0' },
  { 'x-ratelimit-reset': 'Infinity' },
])('%j says nothing of when to come again', (headers) => {
  expect(retryAfterMs(headers, now)).toBeUndefined()
})
