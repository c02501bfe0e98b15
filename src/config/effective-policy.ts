import type { Policy, Rule } from '../onboarding/policy.ts'
import type { PolicyConfig } from './schema.ts'

const nobody: Rule = { allow: [], deny: [] }
const those = (...allow: string[]): Rule => ({ allow, deny: [] })

/** What the nearer place says wins, verb by verb. */
export const policyOf = (places: readonly (PolicyConfig | undefined)[]): Policy => {
  const said = places.reduce<PolicyConfig>((all, place) => ({ ...all, ...place }), {})
  const work = those('requester', 'approvers')
  return {
    // What lets things happen has no default: nobody is named by silence.
    rules: {
      request: said.request ?? nobody,
      approve: said.approve ?? nobody,
      extend: said.extend ?? nobody,
      stop: said.stop ?? work,
      retry: said.retry ?? work,
      cleanup: said.cleanup ?? work,
      'cleanup-succeeded': said['cleanup-succeeded'] ?? those('approvers'),
    },
    admins: said.admins ?? nobody,
    approvals: said.approvals ?? 1,
    requesterMayApprove: said.requesterMayApprove ?? false,
  }
}
