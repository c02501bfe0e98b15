import type { KnownBlock } from '@slack/types'

import type { Onboarding } from '../../onboarding/onboarding.ts'
import { rich, verbatim } from './text.ts'

/** More than these are counted: a message has a limit. */
const shownOutputs = 10

/** What exists for the namespace, as the steps said: subaccount id and the like. No block where there is nothing. */
export const renderExists = ({ outputs, phase }: Onboarding): readonly KnownBlock[] => {
  if (outputs.length === 0) return []
  const isPast = phase === 'cleaning-up' || phase === 'cleanup-failed'
  const title = isPast ? 'What the onboarding had made before the clean-up' : 'What exists for this namespace'
  const lines = outputs
    .slice(0, shownOutputs)
    .flatMap(({ name, value }) => [
      verbatim(`\n${name}: `, { limit: 100, style: { bold: true } }),
      verbatim(value, { limit: 100 }),
    ])
  const more = outputs.length - shownOutputs
  const rest = more > 0 ? [verbatim(`\nand ${more} more`)] : []
  return [rich(verbatim(title, { style: { bold: true } }), ...lines, ...rest)]
}
