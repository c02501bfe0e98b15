import { z } from 'zod'

const somebody =
  'has to name people; give the id of a user (U…), a user group (S…) or a channel (C…), or "requester" or "approvers"'

/**
 * Names people: a user (`U…`, `W…`), a user group (`S…`), the members of a channel (`C…`, `G…`),
 * or one of the roles `requester` and `approvers` of the onboarding in question.
 */
export const subjectSchema = z
  .string(somebody)
  .regex(/^(?:[UWSCG][A-Z0-9]{2,}|requester|approvers)$/, somebody)

/** Who may: deny wins, and nobody is named by an empty list. */
export interface Rule {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

export type Verb = 'request' | 'approve' | 'extend' | 'stop' | 'retry' | 'cleanup' | 'cleanup-succeeded'

/** The rules of one template on one cluster, defaults filled in. */
export interface Policy {
  readonly rules: { readonly [verb in Verb]: Rule }
  readonly admins: Rule
  /** How many distinct people have to approve; 0 means that a request starts at once. */
  readonly approvals: number
  readonly requesterMayApprove: boolean
}

/** What is known of somebody's account; only a `member` may do anything. */
export type Standing = 'member' | 'deactivated' | 'guest' | 'stranger' | 'bot' | 'unknown'

/** A person as looked up at the click. */
export interface Person {
  readonly id: string
  readonly standing: Standing
  /** Ids of the user groups and channels that the policy names and that the person is in. */
  readonly memberOf: readonly string[]
  /** Ids of those of which nobody could tell in time whether the person is in them: they allow nothing and free of nothing. */
  readonly notLookedUp: readonly string[]
}

/** Why somebody may not; a rule names people and no roles. */
export type Denial =
  | { readonly because: 'standing'; readonly standing: Standing }
  | { readonly because: 'denied' | 'not-named' | 'own-request' | 'not-looked-up'; readonly rule: Rule }
  | { readonly because: 'not-requester' }

/** What a decision about a person is made from. */
export interface Case {
  readonly policy: Policy
  readonly requester: string
}

type Answer = 'yes' | 'no' | 'unknown'

const both = (a: Answer, b: Answer): Answer => {
  if (a === 'no' || b === 'no') return 'no'
  return a === 'yes' ? b : a
}

const not = (answer: Answer): Answer => {
  if (answer === 'unknown') return answer
  return answer === 'yes' ? 'no' : 'yes'
}

const names = (subject: string, person: Person, about: Case): Answer => {
  if (subject === 'requester') return person.id === about.requester ? 'yes' : 'no'
  if (subject === 'approvers') return isAllowedBy(about.policy.rules.approve, person, about)
  if (person.notLookedUp.includes(subject)) return 'unknown'
  return subject === person.id || person.memberOf.includes(subject) ? 'yes' : 'no'
}

const isNamed = (subjects: readonly string[], person: Person, about: Case): Answer =>
  not(subjects.map((subject) => not(names(subject, person, about))).reduce<Answer>(both, 'yes'))

const isAllowedBy = (rule: Rule, person: Person, about: Case): Answer => {
  // "approvers" inside the rule for approving would ask itself for ever: it names nobody there.
  const own = (subjects: readonly string[]): readonly string[] =>
    rule === about.policy.rules.approve ? subjects.filter((subject) => subject !== 'approvers') : subjects
  return both(isNamed(own(rule.allow), person, about), not(isNamed(own(rule.deny), person, about)))
}

/** The rule with its roles as those whom they stand for in this case, for whoever reads it. */
const spelledOut = (rule: Rule, { policy, requester }: Case): Rule => {
  const { approve } = policy.rules
  const people = (subjects: readonly string[]): readonly string[] =>
    subjects
      .filter((subject) => subject !== 'approvers')
      .map((subject) => (subject === 'requester' ? requester : subject))
  const own = people(rule.allow)
  const roles = (subjects: readonly string[], of: readonly string[]): readonly string[] =>
    subjects.includes('approvers') ? people(of) : []
  const notApprovers = roles(rule.allow, approve.deny).filter((subject) => !own.includes(subject))
  return {
    allow: [...new Set([...own, ...roles(rule.allow, approve.allow)])],
    deny: [...new Set([...people(rule.deny), ...roles(rule.deny, approve.allow), ...notApprovers])],
  }
}

const denialBy = (rule: Rule, person: Person, about: Case): Denial | undefined => {
  if (person.standing !== 'member') return { because: 'standing', standing: person.standing }
  const allowed = isAllowedBy(rule, person, about)
  if (allowed === 'yes') return undefined
  const told = spelledOut(rule, about)
  if (allowed === 'unknown') return { because: 'not-looked-up', rule: told }
  return { because: isNamed(rule.deny, person, about) === 'yes' ? 'denied' : 'not-named', rule: told }
}

/** Whether the policy's admins include the person. */
export const isAdmin = (person: Person, about: Case): boolean =>
  denialBy(about.policy.admins, person, about) === undefined

/** Why the person may not do what the verb says; undefined when they may. */
export const denial = (verb: Verb, person: Person, about: Case): Denial | undefined => {
  const rule = about.policy.rules[verb]
  const found = denialBy(rule, person, about)
  if (found !== undefined) return verb === 'cleanup' && isAdmin(person, about) ? undefined : found
  const ownRequest = person.id === about.requester && !about.policy.requesterMayApprove
  // Deleting a working product needs a second pair of eyes just as making it did.
  return ownRequest && (verb === 'approve' || verb === 'cleanup-succeeded')
    ? { because: 'own-request', rule: spelledOut(rule, about) }
    : undefined
}
