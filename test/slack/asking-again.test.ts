import { describe, expect, it } from 'vitest'

import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import { isRefusal, transition } from '../../src/onboarding/transition.ts'
import { renderRefusal } from '../../src/slack/messages/refusal.ts'
import { phases, requested, settled } from '../onboarding/builders.ts'

const thread = 'https://acme.slack.com/archives/C0ONBOARD/p1'

const answerTo = (existing: Onboarding, changes: object = {}): string => {
  const result = transition(existing, requested(changes))
  return isRefusal(result) ? renderRefusal(result, () => thread) : `asked as generation ${result.generation}`
}

const once = 'There is one already, so nothing was asked twice'
const unfinished = 'An earlier try is unfinished'

/** What asking once more is answered with, by the phase of what is there: with the same values, and with others. */
const answers: Readonly<Record<Onboarding['phase'], readonly [same: string, other: string]>> = {
  requested: [once, 'It was asked with other values'],
  approved: [once, 'It was asked with other values'],
  running: [once, 'It was asked with other values'],
  succeeded: [once, 'clean it up first'],
  failed: [unfinished, unfinished],
  'cleaning-up': [once, 'It was asked with other values'],
  'cleanup-failed': [unfinished, unfinished],
  rejected: ['asked as generation 2', 'asked as generation 2'],
  expired: ['asked as generation 2', 'asked as generation 2'],
  withdrawn: ['asked as generation 2', 'asked as generation 2'],
  'cleaned-up': ['asked as generation 2', 'asked as generation 2'],
  lost: ['asked as generation 2', 'asked as generation 2'],
}

const all = Object.entries(phases()) as [Onboarding['phase'], Onboarding][]

describe('asking for what is there already is answered with what is, where, and what to do', () => {
  it.each(all)('%s', (phase, onboarding) => {
    const existing = settled(onboarding)
    const [same, other] = answers[phase]
    const said = [answerTo(existing), answerTo(existing, { parameters: [{ name: 'other', value: 'x' }] })]
    expect(said[0]).toContain(same)
    expect(said[1]).toContain(other)
    for (const one of said) {
      if (!one.startsWith('asked')) expect(one).toContain(`<${thread}|open the thread>`)
    }
  })
})
