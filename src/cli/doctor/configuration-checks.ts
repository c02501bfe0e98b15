import type { Policy } from '../../onboarding/policy.ts'
import { type Check, known, ok, skipped, type Verdict, warning, wrong } from './check.ts'

const area = 'Configuration'

const check = (id: string, title: string, verdict: Verdict): Check => known({ id, area, title }, verdict)

/** Mistakes say what is wrong and, after a semicolon, what to do. */
const verdictOf = (mistake: string): Verdict => {
  const [says = '', ...cure] = mistake.split('; ')
  return wrong(says, cure.length === 0 ? 'correct it' : cure.join('; '))
}

/** One line for each mistake, and one for all that cannot be looked at because of them. */
export const mistakeChecks = (mistakes: readonly string[]): readonly Check[] => [
  ...mistakes.map((mistake, index) =>
    check(`configuration/mistake/${index + 1}`, 'mistake', verdictOf(mistake)),
  ),
  check(
    'configuration/rest',
    'Slack, data folder, secrets and clusters',
    skipped('because the configuration cannot be used'),
  ),
]

/** What is wrong with the templates, or their names. */
export const templateChecks = (
  found: readonly string[] | { readonly names: readonly string[] },
): readonly Check[] => {
  if ('names' in found) return [check('configuration/templates', 'templates', ok(found.names.join(', ')))]
  return [
    ...found.map((mistake, index) =>
      check(`configuration/template/${index + 1}`, 'template', verdictOf(mistake)),
    ),
    check(
      'configuration/offers',
      'channels, policy, secrets and dry runs',
      skipped('because the templates cannot be used'),
    ),
  ]
}

const judgePolicy = ({ rules, approvals }: Policy): Verdict => {
  const nobody =
    rules.request.allow.length === 0 ? 'ask' : rules.approve.allow.length === 0 ? 'approve' : undefined
  if (nobody === 'ask') return warning('nobody may ask', 'name people under "policy.request"')
  if (nobody === 'approve' && approvals > 0)
    return warning('nobody may approve or reject', 'name people under "policy.approve"')
  if (approvals === 0)
    return warning('starts without an approval', 'set "policy.approvals" to 1 or more, if that is not meant')
  return ok(`${approvals} of ${rules.approve.allow.join(', ')}`)
}

/** Who approves what is offered on a cluster. */
export const policyCheck = (cluster: string, template: string, policy: Policy): Check =>
  check(
    `configuration/policy/${cluster}/${template}`,
    `approval of ${template} on ${cluster}`,
    judgePolicy(policy),
  )

/** The configuration file itself. */
export const fileCheck = (clusters: readonly string[]): Check =>
  check(
    'configuration/file',
    'file',
    ok(`${clusters.length === 1 ? 'cluster' : 'clusters'} ${clusters.join(', ')}`),
  )
