import { describe, expect, it } from 'vitest'

import { createManualClock } from '../../sandbox/manual-clock.ts'
import {
  type Check,
  check,
  type Finding,
  ok,
  type Verdict,
  warning,
  wrong,
} from '../../src/cli/doctor/check.ts'
import { createTextRenderer, jsonRenderer } from '../../src/cli/doctor/render.ts'
import { runChecks } from '../../src/cli/doctor/run-checks.ts'

const area = 'Here'
const checkOf = (id: string, verdict: Verdict | Promise<Verdict>, needs: readonly string[] = []): Check =>
  check({
    id,
    area,
    title: `the ${id}`,
    needs,
    probe: () => verdict,
    judge: (one) => one,
    refused: () => wrong('no', ''),
  })

const run = async (checks: readonly Check[]): Promise<readonly string[]> => {
  const findings = await runChecks(checks, {
    clock: createManualClock(),
    limitMs: 5_000,
    tell: () => undefined,
  })
  return findings.map(({ id, outcome, says }) => `${id} ${outcome}: ${says}`)
}

describe('checks', () => {
  it('are skipped for the failure at the root, however far it is', async () => {
    expect(
      await run([
        checkOf('a', wrong('broken', 'mend it')),
        checkOf('b', ok('fine'), ['a']),
        checkOf('c', ok('fine'), ['b']),
        checkOf('d', ok('fine')),
      ]),
    ).toEqual([
      'a wrong: broken',
      'b skipped: because "the a" is not ok',
      'c skipped: because "the a" is not ok',
      'd ok: fine',
    ])
  })

  it('go on after a warning', async () => {
    expect(await run([checkOf('a', warning('hm', 'look')), checkOf('b', ok('fine'), ['a'])])).toEqual([
      'a warning: hm',
      'b ok: fine',
    ])
  })

  it('that hang are given up, and hold up nothing but what needs them', async () => {
    const clock = createManualClock()
    const told: string[] = []
    const never = new Promise<Verdict>(() => undefined)
    const ended = runChecks(
      [
        checkOf('a', ok('fine')),
        checkOf('b', never),
        checkOf('c', ok('fine')),
        checkOf('d', ok('fine'), ['b']),
      ],
      {
        clock,
        limitMs: 5_000,
        tell: ({ id }) => told.push(id),
      },
    )
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual(['a'])
    clock.advance(5_000)
    const findings = await ended
    expect(findings.map(({ outcome }) => outcome)).toEqual(['ok', 'wrong', 'ok', 'skipped'])
    expect(findings[1]?.says).toBe('no answer within 5 s')
    expect(clock.next()).toBeUndefined()
  })

  it.for([
    {
      limitMs: 5_000,
      cure: 'look whether it is up, and what is between here and there; --timeout 20 waits longer',
    },
    // The clients give a call up before that.
    { limitMs: 20_000, cure: 'look whether it is up, and what is between here and there' },
  ])(
    'that are given up after $limitMs ms tell how to wait longer, where that helps',
    async ({ limitMs, cure }) => {
      const clock = createManualClock()
      const ended = runChecks([checkOf('a', new Promise(() => undefined))], {
        clock,
        limitMs,
        tell: () => undefined,
      })
      await new Promise((resolve) => setImmediate(resolve))
      clock.advance(limitMs)
      expect((await ended)[0]?.cure).toBe(cure)
    },
  )

  it('that fail in themselves say so, and the others go on', async () => {
    const broken: Check = { ...checkOf('a', ok('')), look: () => Promise.reject(new Error('a bug')) }
    expect(await run([broken, checkOf('b', ok('fine'))])).toEqual([
      'a wrong: the check itself failed: a bug',
      'b ok: fine',
    ])
  })
})

const finding: Finding = {
  id: 'a/b',
  area,
  title: 'it',
  ...wrong('bad \u001B[2Jnews\u202E', 'first\nsecond'),
}

describe('what is shown', () => {
  it('has every line of the cure below it, and nothing that steers a terminal', () => {
    expect(createTextRenderer(false).finding(finding)).toBe(`Here
  wrong    it: bad  [2Jnews
           cure: first
                 second
`)
  })

  it('is coloured only if asked', () => {
    expect(createTextRenderer(true).finding(finding)).toContain('\u001B[31mwrong    \u001B[39mit')
    expect(createTextRenderer(false).finding(finding)).not.toContain('\u001B')
  })

  it('is one JSON object a line for programs', () => {
    const line = jsonRenderer.finding(finding)
    expect(line.endsWith('}\n')).toBe(true)
    expect(JSON.parse(line)).toEqual({ ...finding })
    expect(jsonRenderer.end([finding])).toBe('')
  })
})
