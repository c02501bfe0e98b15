import type { Standing } from '../../onboarding/policy.ts'
import type { SlackInspection } from '../../slack/inspection.ts'
import { type Check, check, ok, type Verdict, warning, wrong } from './check.ts'
import { codeOf, missingScope, refused } from './slack-refusals.ts'

/** Somebody whom the policy names by their id. */
export interface NamedPerson {
  readonly id: string
  /** Whether it lets them do something; whom it only denies may have left. */
  readonly isAllowed: boolean
}

/** Who has to approve a template on a cluster, where the policy names all of them by their ids. */
export interface Quorum {
  readonly cluster: string
  readonly template: string
  readonly approvals: number
  readonly approvers: readonly string[]
  /** Whether requesters are approvers too. */
  readonly isByRequester: boolean
}

const area = 'Slack'
const unknownPerson: readonly string[] = ['user_not_found', 'user_not_visible']

const standings: Readonly<Record<Standing, string>> = {
  member: 'is a member',
  deactivated: 'is deactivated',
  guest: 'is a guest',
  stranger: 'is of another workspace',
  bot: 'is a bot',
  unknown: 'is nobody whom Slack tells of',
}

const judgePerson = (standing: Standing, { id, isAllowed }: NamedPerson): Verdict =>
  standing === 'member' || !isAllowed
    ? ok(standings[standing])
    : warning(`${standings[standing]}, and may do nothing`, `take ${id} out of "policy"`)

const personCheck = (slack: SlackInspection, apiUrl: string, person: NamedPerson): Check => {
  const { id } = person
  const nobody = wrong(
    'there is no such person in the workspace',
    `correct ${id} in "policy": a person's id stands in their profile under "Copy member ID"`,
  )
  return check({
    id: `slack/policy/${id}`,
    area,
    title: `user ${id} of the policy`,
    needs: ['slack/bot-token'],
    probe: () => slack.standing(id),
    judge: (standing) => judgePerson(standing, person),
    refused: (error) =>
      refused(apiUrl, error, {
        ...Object.fromEntries(unknownPerson.map((code) => [code, nobody])),
        missing_scope: missingScope('users:read'),
      }),
  })
}

const isMember = async (slack: SlackInspection, id: string): Promise<boolean> => {
  try {
    return (await slack.standing(id)) === 'member'
  } catch (error) {
    if (unknownPerson.includes(codeOf(error))) return false
    throw error
  }
}

const judgeQuorum = (able: number, { approvals, approvers, isByRequester }: Quorum): Verdict => {
  const people = `${able} of ${approvers.length}${isByRequester ? ', and the requester,' : ''} can approve`
  return able + (isByRequester ? 1 : 0) < approvals
    ? wrong(
        `${people}, and it takes ${approvals}: nothing can be approved`,
        'name members of the workspace, or a user group, under "policy.approve"',
      )
    : ok(people)
}

const quorumCheck = (slack: SlackInspection, apiUrl: string, quorum: Quorum): Check => {
  const { cluster, template, approvers } = quorum
  return check({
    id: `slack/approvers/${cluster}/${template}`,
    area,
    title: `approvers of ${template} on ${cluster}`,
    needs: ['slack/bot-token'],
    probe: async () => (await Promise.all(approvers.map((id) => isMember(slack, id)))).filter(Boolean).length,
    judge: (able) => judgeQuorum(able, quorum),
    refused: (error) => refused(apiUrl, error, { missing_scope: missingScope('users:read') }),
  })
}

/** Whether those whom the policy names by their ids may do what it lets them do. */
export const peopleChecks = (
  slack: SlackInspection,
  apiUrl: string,
  { people, quorums }: { readonly people: readonly NamedPerson[]; readonly quorums: readonly Quorum[] },
): readonly Check[] => {
  const asked = new Map<string, Promise<Standing>>()
  const standing = (id: string): Promise<Standing> => {
    const known = asked.get(id) ?? slack.standing(id)
    asked.set(id, known)
    return known
  }
  const once = { ...slack, standing }
  return [
    ...people.map((person) => personCheck(once, apiUrl, person)),
    ...quorums.map((quorum) => quorumCheck(once, apiUrl, quorum)),
  ]
}
