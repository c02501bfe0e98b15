import type { KnownBlock } from '@slack/types'

import type { Onboarding, Preflight } from '../../onboarding/onboarding.ts'
import { cut, date, escape, quote, section } from './text.ts'

interface Why {
  readonly text?: string
  readonly cure?: string
}

const why = ({ text, cure }: Why): readonly KnownBlock[] => [
  ...(text === undefined ? [] : [quote(text, 400)]),
  ...(cure === undefined ? [] : [section(cut(escape(cure), 300))]),
]

const answered = (answer: NonNullable<Preflight['answer']>): readonly KnownBlock[] =>
  answer.isTaken
    ? [
        section(
          `:mag: argo-server would take this workflow (asked ${date(answer.at)}). It does not look at images, Secrets and ServiceAccounts before the run.`,
        ),
      ]
    : [
        section(
          `:no_entry: *It cannot be approved as it is*: argo-server would refuse the workflow (asked ${date(answer.at)}).`,
        ),
        ...why(answer),
        section('Once that is mended, press *Check again*.'),
      ]

const unanswered = (
  trouble: NonNullable<Preflight['unanswered']>,
  { isRefused }: { isRefused: boolean },
): readonly KnownBlock[] => [
  section(
    `:warning: argo-server could not be asked whether it would take the workflow, ${date(trouble.since)}.`,
  ),
  ...why(trouble),
  ...(isRefused ? [] : [section('It can be approved all the same: it is asked again before the start.')]),
]

/** What argo-server said of a workflow that nobody has decided on yet. */
export const renderPreflight = ({ preflight }: Onboarding): readonly KnownBlock[] => {
  if (preflight === undefined) return []
  const { due, answer, unanswered: trouble } = preflight
  return [
    ...(answer === undefined || (answer.isTaken && trouble !== undefined) ? [] : answered(answer)),
    ...(due || trouble === undefined ? [] : unanswered(trouble, { isRefused: answer?.isTaken === false })),
    ...(due ? [section(':mag: argo-server is being asked whether it would take this workflow.')] : []),
  ]
}
