import type { WebClient } from '@slack/web-api'
import { z } from 'zod'

/** What every post of the bot carries as metadata. */
const ownPayload = z.object({
  key: z.string(),
  generation: z.number(),
  /** The random id of the request that it belongs to. */
  run: z.string(),
  id: z.string(),
})
type OwnPayload = z.infer<typeof ownPayload>

const page = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        user: z.string().optional(),
        metadata: z.object({ event_type: z.string(), event_payload: z.unknown() }).optional(),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
})

/** The type of the metadata that every post carries. */
export const ownEventType = 'onboarding'

/** Slack's own clock and ours may differ by so much (seconds). */
const clockSlackS = 120

interface Place {
  readonly channel: string
  /** A thread in it; its messages alone are looked through. */
  readonly threadTs?: string
  /** Milliseconds since 1970. */
  readonly since: number
  /** Who we are; undefined until Slack has told it. Another app, such as an earlier one of ours, may use the same metadata. */
  readonly by: string | undefined
}

const ownIn = (
  { user, metadata }: z.infer<typeof page>['messages'][number],
  by: Place['by'],
): OwnPayload | undefined => {
  const isForeign = by !== undefined && user !== undefined && user !== by
  return isForeign || metadata?.event_type !== ownEventType
    ? undefined
    : ownPayload.safeParse(metadata.event_payload).data
}

/** The bot's own post that is wanted, in a channel the newest one. Throws what the Web API throws. */
export const findOwnPost = async (
  client: WebClient,
  { channel, threadTs, since, by }: Place,
  isWanted: (post: OwnPayload) => boolean,
): Promise<{ readonly ts: string; readonly generation: number } | undefined> => {
  const oldest = String(Math.floor(since / 1_000) - clockSlackS)
  let cursor = ''
  do {
    const asked = {
      channel,
      oldest,
      limit: 200,
      include_all_metadata: true,
      ...(cursor !== '' && { cursor }),
    }
    const { messages, response_metadata: next } = page.parse(
      threadTs === undefined
        ? await client.conversations.history(asked)
        : await client.conversations.replies({ ...asked, ts: threadTs }),
    )
    for (const message of messages) {
      const post = ownIn(message, by)
      if (post !== undefined && isWanted(post)) return { ts: message.ts, generation: post.generation }
    }
    cursor = next?.next_cursor ?? ''
  } while (cursor !== '')
  return undefined
}
