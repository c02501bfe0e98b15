import { describe, expect, it } from 'vitest'

import {
  cleanupAsked,
  created,
  failedStep,
  failure,
  hour,
  on,
  phases,
  retryAsked,
  seen,
  stopAsked,
  t0,
} from '../../test/onboarding/builders.ts'
import { isUntouched } from './begun.ts'
import type { Onboarding } from './onboarding.ts'

const untouched = (onboarding: Onboarding): readonly string[] =>
  onboarding.template.steps.map(({ name }) => name).filter((name) => isUntouched(onboarding, name))

const firstFails = seen({
  phase: 'Failed',
  finishedAt: 'T1',
  steps: [{ ...failedStep, name: 'create-subaccount' }],
})
const log = { type: 'log-read', at: t0, run: 0, lines: [] } as const

describe('a step of an onboarding is untouched', () => {
  it('where its workflow ended before it began', () => {
    expect(untouched(on(phases().running, firstFails, log))).toEqual(['register-platform', 'install-proxy'])
    const skipped = seen({
      phase: 'Failed',
      finishedAt: 'T1',
      steps: [
        { ...failedStep, name: 'create-subaccount' },
        { name: 'register-platform', phase: 'skipped' },
      ],
    })
    expect(untouched(on(phases().running, skipped, log))).toEqual(['register-platform', 'install-proxy'])
  })
  it('where nothing was ever submitted', () => {
    const { approved } = phases()
    expect(untouched(on(approved, { type: 'woken', at: t0 + 5 * hour }))).toHaveLength(3)
  })
  it('and still is while a clean-up runs', () => {
    const cleaning = on(phases().running, firstFails, log, cleanupAsked(), created(1, 'uid-2'))
    expect(untouched(cleaning)).toEqual(['register-platform', 'install-proxy'])
  })
  it('but not where it failed and a retry was stopped before it began again', () => {
    const again = on(phases().running, firstFails, log, retryAsked(), stopAsked())
    const stopped = on(again, seen({ phase: 'Failed', finishedAt: 'T2', steps: [] }), log)
    expect(untouched(stopped)).toEqual(['register-platform', 'install-proxy'])
  })
  it('but not while its workflow runs, nor where that was gone before its end was seen', () => {
    const { running } = phases()
    expect(untouched(running)).toEqual([])
    expect(untouched(on(running, { type: 'workflow-gone', at: t0, run: 0 }))).toEqual([])
  })
  it('but not where it is no step of the run', () => {
    const failed = on(phases().running, failure, log)
    expect(isUntouched(failed, 'unheard-of')).toBe(false)
  })
})
