import { describe, expect, it } from 'vitest'

import { isSettled } from '../../src/onboarding/due.ts'
import { keyText } from '../../src/onboarding/key.ts'
import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import { offering } from '../../src/onboarding/outbox.ts'
import type { Person } from '../../src/onboarding/policy.ts'
import { createRunner, type Runner } from '../../src/runner/runner.ts'
import { createRandom } from './random.ts'
import { World } from './world.ts'

const person = (id: string): Person => ({ id, standing: 'member', memberOf: [], notLookedUp: [] })
const requester = person('UREQ')
const approver = person('UAPP')

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** People, one process at a time, and time: everything in one story comes from its seed. */
class Story {
  readonly world: World
  readonly accepted = new Set<string>()
  #runner: Runner
  readonly #random: () => number
  /** How many records of runs were lost. */
  lost = 0

  constructor(seed: number, { isLosing }: { isLosing: boolean }) {
    this.#random = createRandom(seed)
    this.world = new World(this.#random)
    this.#runner = this.#boot()
    this.world.onCrash = () => {
      setImmediate(() => {
        if (isLosing) this.#lose()
        this.#runner = this.#boot()
      })
    }
  }

  #boot(): Runner {
    const runner = createRunner(this.world.tools({ isAlive: true }), this.#random)
    runner.start()
    return runner
  }

  // Only what has a workflow on the cluster can be known again.
  #lose(): void {
    const [one] = this.onboardings().filter(({ runs }) => runs.at(-1)?.uid !== undefined)
    if (one === undefined) return
    this.lost += 1
    this.world.documents.delete(keyText(one.key))
  }

  // A person whose click was not answered within three seconds only knows that, and goes on.
  async #answered<T>(answer: Promise<T>): Promise<T | undefined> {
    const waiting = Array.from({ length: 12 }).reduce<Promise<void>>((before) => before.then(turn), turn())
    return Promise.race([answer, waiting.then(() => undefined)])
  }

  async #act(namespace: string): Promise<void> {
    const key = { cluster: 'prod', namespace, template: 'sap-btp' }
    const { commands } = this.#runner
    const onboarding = this.world.document(`prod/${namespace}/sap-btp`)
    const wish = { key, by: approver }
    switch (onboarding?.phase) {
      case undefined:
      case 'rejected':
      case 'expired':
      case 'withdrawn':
      case 'cleaned-up':
      case 'lost': {
        const input = { cluster: 'prod', namespace, template: 'sap-btp', parameters: [] }
        const outcome = await this.#answered(commands.request(input, requester))
        if (outcome !== undefined && 'done' in outcome) this.accepted.add(`prod/${namespace}/sap-btp`)
        return
      }
      case 'requested':
        await this.#answered(
          Promise.all([
            commands.checkAgain(wish),
            commands.approve(wish),
            commands.approve(wish),
            commands.approve({ key, by: requester }),
          ]),
        )
        return
      case 'failed':
        await this.#answered(this.#random() < 0.5 ? commands.retry(wish) : commands.cleanup(wish))
        return
      case 'cleanup-failed':
        await this.#answered(commands.cleanup(wish))
        return
      case 'running':
        if (this.#random() < 0.1) await this.#answered(commands.stop(wish))
        return
      case 'approved':
      case 'cleaning-up':
      case 'succeeded':
    }
  }

  async run(turns: number, { acting }: { acting: boolean }): Promise<void> {
    for (let at = 0; at < turns; at += 1) {
      if (acting) await this.#act(`team-${Math.floor(this.#random() * 3)}`).catch(() => undefined)
      // Somebody takes the right to create away for a while.
      if (acting) this.world.isRefusing = at % 20 < 5
      this.world.move()
      for (let settle = 0; settle < 6; settle += 1) await turn()
      this.world.clock.advance(2_000)
      if (at % 10 === 0) this.world.tellAll()
    }
  }

  onboardings(): readonly Onboarding[] {
    return [...this.world.documents.keys()].flatMap((name) => this.world.document(name) ?? [])
  }
}

const play = async (seed: number, options = { isLosing: false }): Promise<Story> => {
  const story = new Story(seed, options)
  story.world.faults = 0.15
  await story.run(60, { acting: true })
  story.world.faults = 0
  story.world.failing = 0
  story.world.isRefusing = false
  // Longer than the longest wait between two tries.
  await story.run(120, { acting: false })
  return story
}

const repeated = (ids: readonly string[]): readonly string[] =>
  ids.filter((id, index) => ids.indexOf(id) !== index)

describe('under crashes, lost answers and a failing disk', () => {
  const seeds = Array.from({ length: 100 }, (_, index) => index + 1)

  it.each(seeds)('seed %i: nothing accepted is forgotten and nothing is done twice', async (seed) => {
    isTrue(await play(seed))
  })

  it.each(seeds.slice(0, 25))('seed %i, with records lost at crashes: the same', async (seed) => {
    isTrue(await play(seed, { isLosing: true }))
  })

  const isTrue = (story: Story): void => {
    const { world } = story
    const onboardings = story.onboardings()
    expect([...story.accepted].filter((key) => world.document(key) === undefined)).toEqual([])
    expect(
      onboardings
        .filter((one) => one.phase !== 'requested' && !isSettled(one))
        .map((one) => [one.key.namespace, one.phase]),
    ).toEqual([])
    expect([...world.secrets.keys()]).toEqual([])
    expect(world.created.filter(({ decided }) => !decided)).toEqual([])
    expect(repeated(onboardings.flatMap((one) => one.runs.map((run) => run.workflowName)))).toEqual([])
    expect(
      [...world.messages].flatMap(([place, messages]) =>
        repeated(messages.map(({ id }) => `${place} ${id}`)),
      ),
    ).toEqual([])
    for (const one of onboardings) {
      const card = world.cards.get(`prod/${one.key.namespace}/sap-btp#${one.runId}`)
      expect(card).toMatchObject({ posts: 1, version: one.thread.version })
    }
    const kept = onboardings.flatMap((one) => {
      const { id } = offering(one) ?? {}
      return id === undefined ? [] : [`${keyText(one.key)}#${one.runId} ${id}`]
    })
    expect([...world.buttons].filter((id) => !kept.includes(id))).toEqual([])
    expect(
      onboardings.filter((one) => one.phase === 'requested' && one.preflight?.due).map(({ key }) => key),
    ).toEqual([])
    expect(JSON.stringify(onboardings)).not.toContain('very-secret-value')
  }

  it('the simulation does inject faults and crashes', async () => {
    const story = await play(7)
    expect(story.world.crashes).toBeGreaterThan(3)
    expect(story.world.injected).toBeGreaterThan(20)
    expect((await play(7, { isLosing: true })).lost).toBeGreaterThan(1)
  })
})
