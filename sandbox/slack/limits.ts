import type { Clock } from '../../src/clock.ts'

/** Calls a minute, by Slack's tiers and with its bursts; posting is limited per channel. */
const perMinute: Record<string, number> = {
  'apps.connections.open': 50,
  'chat.postEphemeral': 100,
  'chat.postMessage': 60,
  'chat.update': 50,
  'conversations.history': 50,
  'conversations.info': 50,
  'conversations.members': 100,
  'conversations.open': 50,
  'conversations.replies': 50,
  'usergroups.users.list': 20,
  'users.info': 100,
  'views.open': 100,
  'views.update': 100,
}
const burst = 20

/** Slack's rate limits: seconds to wait, or nothing. */
export const createLimits = (clock: Clock): ((method: string, place: string) => number | undefined) => {
  const calls = new Map<string, { tokens: number; at: number }>()
  return (method, place) => {
    const rate = perMinute[method]
    if (rate === undefined) return undefined
    const name = method === 'chat.postMessage' ? `${method} ${place}` : method
    const known = calls.get(name) ?? { tokens: burst, at: clock.now() }
    const now = clock.now()
    const tokens = Math.min(burst, known.tokens + ((now - known.at) / 60_000) * rate)
    calls.set(name, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
    return tokens >= 1 ? undefined : Math.max(1, Math.ceil(((1 - tokens) / rate) * 60))
  }
}
