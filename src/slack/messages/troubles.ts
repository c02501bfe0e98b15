import type { KnownBlock } from '@slack/types'

import type { Run } from '../../onboarding/onboarding.ts'
import { cut, date, escape, person, quote, section } from './text.ts'

const tries = ({ phase, submitBy, retry, stop }: Run): readonly string[] => {
  if (phase === 'submitting' && stop !== undefined) return []
  if (phase === 'submitting') return [`It is tried again by itself until ${date(submitBy)}; Stop ends that.`]
  const isTried = retry !== undefined || stop?.sent === false
  return isTried ? ['It is tried again by itself.'] : []
}

const told = (
  headline: string,
  { text, cure, since }: NonNullable<Run['trouble']>,
): readonly KnownBlock[] => [
  section(`:warning: *${headline}* since ${date(since)}`),
  quote(text, 400),
  ...(cure === undefined ? [] : [section(cut(escape(cure), 300))]),
]

const sight = ({ sight }: Run): readonly KnownBlock[] => {
  if (sight === undefined) return []
  return told(sight.isListed ? 'The bot looks at it only once a minute' : 'The bot cannot see it', sight)
}

const troubles = (run: Run): readonly KnownBlock[] => {
  if (run.trouble === undefined) return []
  // Whether it still stands still nobody knows while it cannot be seen.
  const isKnown = run.sight === undefined || run.sight.isListed
  return [...(isKnown ? told('It does not move on', run.trouble) : []), ...tries(run).map(section)]
}

const stopping = ({ phase, stop }: Run): readonly KnownBlock[] => {
  if (stop?.sent !== false) return []
  const when =
    phase === 'submitting'
      ? 'Once argo-server answers, it is looked whether the workflow is there: then it is stopped, else it is never started.'
      : 'argo-server is told to stop it as soon as it answers.'
  return [section(`*Stop was asked* by ${person(stop.by)}, ${date(stop.at)}. ${when}`)]
}

/** Why a run does not move on or is not seen, and what comes of it. */
export const renderTroubles = (run: Run): readonly KnownBlock[] => [
  ...sight(run),
  ...troubles(run),
  ...stopping(run),
]
