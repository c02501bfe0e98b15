import type { WebClient } from '@slack/web-api'

import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Key } from '../../onboarding/key.ts'
import type { Person, Policy } from '../../onboarding/policy.ts'
import type { Catalogue } from '../../onboarding/ports/catalogue.ts'
import type { Directory } from '../../onboarding/ports/directory.ts'
import { StoreError } from '../../onboarding/ports/store.ts'
import type { Templates } from '../../onboarding/ports/templates.ts'
import type { Commands } from '../../runner/commands.ts'
import type { Message } from '../messages/card.ts'
import { renderRefusal, type ThreadLink } from '../messages/refusal.ts'

/** What every listener works with. */
export interface Context {
  readonly commands: Commands
  readonly catalogue: Catalogue
  readonly templates: Templates
  readonly directory: Directory
  readonly client: WebClient
  readonly clock: Clock
  readonly log: Log
  readonly threadLink: ThreadLink
  /** The id of our own workspace; undefined until Slack has told it. */
  readonly teamId: () => string | undefined
  /** True the first time that a payload is seen: with two sockets one may come twice. */
  readonly isNew: (triggerId: string) => boolean
}

const subjectsOf = ({ rules, admins }: Policy): readonly string[] => [
  ...new Set([...Object.values(rules), admins].flatMap(({ allow, deny }) => [...allow, ...deny])),
]

/** The person behind a payload, as far as the policy needs to know them; whoever decides is looked up anew. */
export const callerOf = async (
  context: Context,
  user: { id: string; team_id?: string | undefined },
  { cluster, template }: Pick<Key, 'cluster' | 'template'>,
  options?: { readonly isDeciding: boolean },
): Promise<Person> => {
  const teamId = context.teamId()
  // Buttons in shared channels can be clicked by people of other workspaces.
  if (user.team_id !== undefined && teamId !== undefined && user.team_id !== teamId) {
    return { id: user.id, standing: 'stranger', memberOf: [], notLookedUp: [] }
  }
  const policy = context.catalogue.terms(cluster, template)?.policy
  return context.directory.person(user.id, policy === undefined ? [] : subjectsOf(policy), options)
}

/** Slack waits for three seconds; half a second is left for the way back (milliseconds). */
export const answerMs = 2_500

/** What a person reads when the disk takes too long. It is followed up. */
export const notYet = 'Not recorded yet: the disk is slow. I will tell you here as soon as I know.'

/** What a person reads when the records cannot be read. Throws everything else again. */
export const storeTrouble = (error: unknown, { threadLink }: Context): Message => {
  if (!(error instanceof StoreError)) throw error
  return renderRefusal({ refused: true, reason: 'not-saved', error }, threadLink)
}
