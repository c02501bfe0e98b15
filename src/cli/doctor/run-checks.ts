import type { Clock } from '../../clock.ts'
import { type Check, type Finding, skipped, type Verdict, wrong } from './check.ts'

interface Options {
  readonly clock: Clock
  /** A check that has no answer by then is given up (milliseconds). */
  readonly limitMs: number
  /** Told in the order of the checks, each as soon as it and all before it are known. */
  readonly tell: (finding: Finding) => void
}

/** A verdict, and the title of the check that is at the root of it where it was skipped. */
interface Settled {
  readonly verdict: Verdict
  readonly root?: string
}

/** As long as the bot waits for a call (milliseconds). */
export const botCallMs = 10_000

const givenUp = (limitMs: number): Verdict => {
  const look = 'look whether it is up, and what is between here and there'
  const longer = limitMs < botCallMs ? `; --timeout ${(2 * botCallMs) / 1_000} waits longer` : ''
  return wrong(`no answer within ${limitMs / 1_000} s`, `${look}${longer}`)
}

const unforeseen = (error: unknown): Verdict =>
  wrong(
    `the check itself failed: ${error instanceof Error ? error.message : 'unknown'}`,
    'report it, with the version and this line',
  )

const inTime = (look: Promise<Verdict>, { clock, limitMs }: Options): Promise<Verdict> =>
  new Promise((resolve) => {
    const cancel = clock.after(limitMs, () => {
      resolve(givenUp(limitMs))
    })
    const settle = (verdict: Verdict): void => {
      cancel()
      resolve(verdict)
    }
    look.then(settle, (error: unknown) => {
      settle(unforeseen(error))
    })
  })

const isPassed = ({ outcome }: Verdict): boolean => outcome === 'ok' || outcome === 'warning'

/**
 * Runs checks side by side; each waits only for what it needs, so that what hangs holds up nothing else. What a check
 * needs has to stand before it in the list.
 */
export const runChecks = async (checks: readonly Check[], options: Options): Promise<readonly Finding[]> => {
  const settled = new Map<string, Promise<Settled>>()
  const titles = new Map(checks.map(({ id, title }) => [id, title]))

  const settle = async ({ needs, look }: Check): Promise<Settled> => {
    const results = await Promise.all(
      needs.map(async (id) => {
        const found = await settled.get(id)
        return { ...found, title: found?.root ?? titles.get(id) ?? id }
      }),
    )
    const failed = results.find(({ verdict }) => verdict === undefined || !isPassed(verdict))
    if (failed === undefined) return { verdict: await inTime(look(), options) }
    return { verdict: skipped(`because "${failed.title}" is not ok`), root: failed.title }
  }

  for (const check of checks) settled.set(check.id, settle(check))
  const findings: Finding[] = []
  for (const { id, area, title } of checks) {
    const found = await settled.get(id)
    if (found === undefined) continue
    const finding = { id, area, title, ...found.verdict }
    findings.push(finding)
    options.tell(finding)
  }
  return findings
}
