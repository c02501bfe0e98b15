import type { WebClient } from '@slack/web-api'
import { z } from 'zod'

import type { Clock } from '../clock.ts'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import type { Person, Standing } from '../onboarding/policy.ts'
import type { Directory } from '../onboarding/ports/directory.ts'

/** A decision is answered within three seconds, so a look-up may take this long (milliseconds). */
const lookUpMs = 1_500
/** Membership changes rarely and the methods are limited, so it is kept for this long (milliseconds). */
const rememberedMs = 60_000

/** Somebody who sends one form after the other is looked up once; a dismissal counts within this (milliseconds). */
const standingMs = 15_000
const rememberedPeople = 1_000

const userSchema = z.object({
  user: z.object({
    team_id: z.string().optional(),
    deleted: z.boolean().optional(),
    is_bot: z.boolean().optional(),
    is_workflow_bot: z.boolean().optional(),
    is_restricted: z.boolean().optional(),
    is_ultra_restricted: z.boolean().optional(),
    is_stranger: z.boolean().optional(),
  }),
})
const groupSchema = z.object({ users: z.array(z.string()) })
const membersSchema = z.object({
  members: z.array(z.string()),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
})

const standingOf = ({ user }: z.infer<typeof userSchema>): Standing => {
  if (user.deleted === true) return 'deactivated'
  if (user.is_bot === true || user.is_workflow_bot === true) return 'bot'
  if (user.is_restricted === true || user.is_ultra_restricted === true) return 'guest'
  return user.is_stranger === true ? 'stranger' : 'member'
}

/** What Slack says of somebody's account. */
export const lookUpStanding = async (client: WebClient, id: string): Promise<Standing> =>
  standingOf(userSchema.parse(await client.users.info({ user: id })))

const channelMembers = async (client: WebClient, channel: string): Promise<readonly string[]> => {
  const members: string[] = []
  let cursor = ''
  do {
    const page = membersSchema.parse(
      await client.conversations.members({ channel, limit: 1_000, ...(cursor !== '' && { cursor }) }),
    )
    members.push(...page.members)
    cursor = page.response_metadata?.next_cursor ?? ''
  } while (cursor !== '')
  return members
}

const groupMembers = async (client: WebClient, usergroup: string): Promise<readonly string[]> =>
  groupSchema.parse(await client.usergroups.users.list({ usergroup })).users

/** The ids of all members of a user group or a channel. */
export const membersOf = (client: WebClient, subject: string): Promise<readonly string[]> =>
  subject.startsWith('S') ? groupMembers(client, subject) : channelMembers(client, subject)

const usersIn = async (
  subjects: readonly string[],
  members: (group: string) => Promise<readonly string[]>,
): Promise<readonly string[]> => {
  const groups = subjects.filter((subject) => /^[SCG]/.test(subject))
  const users = subjects.filter((subject) => /^[UW]/.test(subject))
  return [...users, ...(await Promise.all(groups.map(members))).flat()]
}

/** Looks people up in Slack at the moment they act. */
export const createDirectory = (options: { client: WebClient; clock: Clock; log: Log }): Directory => {
  const { client, clock, log } = options
  const remembered = new Map<string, { at: number; members: Promise<readonly string[]> }>()

  const lookUp = async <T, Otherwise = T>(
    what: string,
    asked: Promise<T>,
    otherwise: Otherwise,
  ): Promise<T | Otherwise> => {
    try {
      const found = await inTime(clock, asked, lookUpMs)
      if (found !== 'late') return found
      log.warn({ what }, 'Slack took too long to look somebody up')
    } catch (error) {
      log.warn({ what, err: error }, 'Slack could not look somebody up')
    }
    return otherwise
  }

  const recentMembersOf = (subject: string, maxAgeMs: number): Promise<readonly string[]> => {
    const known = remembered.get(subject)
    if (known !== undefined && clock.elapsed() - known.at < maxAgeMs) return known.members
    const members = membersOf(client, subject)
    remembered.set(subject, { at: clock.elapsed(), members })
    // What failed is asked again the next time.
    members.catch(() => remembered.delete(subject))
    return members
  }

  const standings = new Map<string, { at: number; standing: Standing }>()
  const standing = async (id: string, maxAgeMs: number): Promise<Standing> => {
    const known = standings.get(id)
    if (known !== undefined && clock.elapsed() - known.at < maxAgeMs) return known.standing
    const found = await lookUpStanding(client, id)
    if (standings.size >= rememberedPeople) standings.clear()
    standings.set(id, { at: clock.elapsed(), standing: found })
    return found
  }

  return {
    people: async ({ allow, deny }) => {
      const members = (group: string): Promise<readonly string[]> => recentMembersOf(group, rememberedMs)
      const [allowed, denied] = await Promise.all([usersIn(allow, members), usersIn(deny, members)])
      return [...new Set(allowed)].filter((id) => !denied.includes(id))
    },
    person: async (id, subjects, { isDeciding } = { isDeciding: false }): Promise<Person> => {
      const groups = subjects.filter((subject) => /^[SCG]/.test(subject))
      const isMember = async (subject: string): Promise<boolean> =>
        (await recentMembersOf(subject, isDeciding ? 0 : rememberedMs)).includes(id)
      const [found, ...memberships] = await Promise.all([
        lookUp<Standing, Standing>('users.info', standing(id, isDeciding ? 0 : standingMs), 'unknown'),
        ...groups.map(async (subject) => ({
          subject,
          isIn: await lookUp(subject, isMember(subject), undefined),
        })),
      ])
      const those = (isIn: boolean | undefined): readonly string[] =>
        memberships.filter((one) => one.isIn === isIn).map(({ subject }) => subject)
      return { id, standing: found, memberOf: those(true), notLookedUp: those(undefined) }
    },
  }
}
