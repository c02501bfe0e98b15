import { describe, expect, it } from 'vitest'

import type { Event } from '../../src/onboarding/events.ts'
import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import { isRefusal, transition } from '../../src/onboarding/transition.ts'
import { renderRefusal } from '../../src/slack/messages/refusal.ts'
import {
  approved,
  ben,
  cleanupAsked,
  cleo,
  on,
  otto,
  phases,
  policy,
  requested,
  retryAsked,
  settled,
  stopAsked,
} from '../onboarding/builders.ts'

const thread = 'https://acme.slack.com/archives/C0ONBOARD/p1'

const answerTo = (existing: Onboarding, changes: object = {}): string => {
  const result = transition(existing, requested(changes))
  return isRefusal(result)
    ? renderRefusal(result, () => thread).text
    : `asked as generation ${result.generation}`
}

const once = 'There is one already, so nothing was asked twice'
const unfinished = 'An earlier try is unfinished'

/** What asking once more is answered with, by the phase of what is there: with the same values, and with others. */
const answers: Readonly<Record<Onboarding['phase'], readonly [same: string, other: string]>> = {
  requested: [once, 'It was asked with other values'],
  approved: [once, 'It was asked with other values'],
  running: [once, 'It was asked with other values'],
  succeeded: [once, 'have it cleaned up first'],
  failed: ['Retry it or clean it up there', unfinished],
  'cleaning-up': ['wait until it is cleaned up', 'It was asked with other values'],
  'cleanup-failed': ['Press Clean up there once more', 'Press Clean up there once more'],
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

describe('what is in place with other values has to be cleaned up first', () => {
  const other = { parameters: [{ name: 'other', value: 'x' }] }
  it('by those who may, for whoever may not', () => {
    const said = answerTo(settled(phases().succeeded), other)
    expect(said).toContain('You may not clean up what works. Only <!subteam^S0PLATFORM> may.')
  })
  it('by whoever asks, where they may', () => {
    const rules = { request: { allow: ['U0BEN'], deny: [] } }
    const said = answerTo(settled(phases().succeeded), { ...other, by: ben, policy: policy({}, rules) })
    expect(said).toContain('clean it up first (`/onboard-cleanup prod shop`), then ask again.')
  })
})

const refusalOf = (onboarding: Onboarding, event: Event): string => {
  const result = transition(onboarding, event)
  return isRefusal(result) ? renderRefusal(result, () => thread).text : 'done'
}

describe('whoever may not is told who may, by name', () => {
  const { running, failed, succeeded } = phases()
  const named = 'Only <@U0ADA>, <!subteam^S0PLATFORM> may.'
  it.each([
    ['stop', running, stopAsked({ by: otto }), named],
    ['retry', failed, retryAsked({ by: otto }), named],
    ['clean up', failed, cleanupAsked({ by: otto }), named],
    ['clean up what works', succeeded, cleanupAsked({ by: otto }), 'Only <!subteam^S0PLATFORM> may.'],
  ])('%s', (_, onboarding, event, says) => {
    expect(refusalOf(onboarding, event)).toContain(says)
  })
  it('and who of them may not', () => {
    const rules = {
      approve: { allow: ['S0PLATFORM', 'requester', 'approvers'], deny: ['U0CLEO', 'requester'] },
      stop: { allow: ['requester', 'approvers'], deny: ['U0INES'] },
      retry: { allow: ['U0BEN'], deny: ['approvers'] },
    }
    expect(refusalOf(running, stopAsked({ by: otto, policy: policy({}, rules) }))).toContain(
      'Only <@U0ADA>, <!subteam^S0PLATFORM> may, but not <@U0INES>, <@U0CLEO>.',
    )
    expect(refusalOf(failed, retryAsked({ by: otto, policy: policy({}, rules) }))).toContain(
      'Only <@U0BEN> may, but not <!subteam^S0PLATFORM>, <@U0ADA>.',
    )
  })
})

it('a late click is told who did something last, and what', () => {
  const { failed, requested: waiting } = phases()
  const retried = on(failed, retryAsked({ by: cleo }))
  expect(refusalOf(retried, retryAsked())).toContain('<@U0CLEO> asked for a retry')
  const cleaning = on(failed, cleanupAsked({ by: cleo }))
  expect(refusalOf(cleaning, cleanupAsked())).toContain('<@U0CLEO> started the clean-up')
  expect(refusalOf(on(waiting, approved()), approved({ by: cleo }))).toContain('<@U0BEN> approved it')
})
