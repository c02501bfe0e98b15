import type { Denial, Rule } from '../../onboarding/policy.ts'
import { may, renderDenial } from './refusal.ts'
import { cut } from './text.ts'

/** Something on offer that somebody may not ask for. */
export interface Denied {
  readonly cluster: string
  readonly template: string
  readonly rule: Rule
  readonly denial: Denial
}

/** What somebody reads who may ask for nothing of what is offered: why, and who may. */
export const renderMayAskNothing = (denied: readonly Denied[]): string => {
  const account = denied.find(({ denial }) => denial.because === 'standing')
  const why =
    account === undefined ? 'You may not ask for any onboarding.' : renderDenial('request', account.denial)
  const lines = denied.map(
    ({ cluster, template, rule }) => `• \`${template}\` on \`${cluster}\`: ${may(rule)}`,
  )
  return cut([why, '*Who may ask*', ...lines].join('\n'), 2_900)
}
