import { randomBytes, randomUUID } from 'node:crypto'

import { inTime } from '../in-time.ts'
import { isSettled } from '../onboarding/due.ts'
import { type Key, keyText } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import { RemoteError } from '../onboarding/ports/remote-error.ts'
import { type Damaged, StoreError } from '../onboarding/ports/store.ts'
import { isBehind } from '../onboarding/restore.ts'
import { backoffMs } from './backoff.ts'
import { type Found, isItsOwn, lastOf } from './found-workflows.ts'
import type { Ledger } from './ledger.ts'
import type { Ports } from './performing.ts'

interface Options {
  readonly ports: Ports
  readonly ledger: Ledger
  /** In [0, 1). */
  readonly random: () => number
}

interface Telling {
  /** Whether the admins are told. */
  readonly isTold: boolean
  /** How many more are rebuilt together with it. */
  readonly others: number
}

/** A card is looked for from a day before the oldest request that can still be undecided (milliseconds). */
const dayMs = 24 * 3_600_000

const reasonOf = ({ reason, file }: Damaged): string =>
  `The document was damaged (${reason}) and was set aside as ${file}.`

const missing = (existing: Onboarding | undefined): string =>
  existing === undefined
    ? 'There was no document of it. If another bot runs with the same installation, stop one of the two, or give it an installation of its own.'
    : 'The document that was there is older than its workflow, as one from a backup is.'

/**
 * Finds what the documents do not know: looks at every cluster once after the start, rebuilds lost and damaged records
 * from the workflows there, and puts "ask again" in the place of damaged requests that have none.
 */
export class Recovery {
  readonly #options: Options
  readonly #looked = new Set<string>()
  readonly #looking = new Map<string, Promise<void>>()
  /** Workflows that no record knows and that none can be rebuilt from, by key. */
  readonly #unrecorded = new Map<string, Found>()
  readonly #timers = new Map<string, () => void>()
  readonly #underWay = new Set<Promise<void>>()
  #isStopped = false

  constructor(options: Options) {
    this.#options = options
  }

  start(): void {
    for (const { name } of this.#options.ports.catalogue.clusters) this.recover(name)
  }

  /** Starts nothing more; resolves when what was under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const cancel of this.#timers.values()) cancel()
    await Promise.allSettled(this.#underWay)
  }

  /** What stood in the way of a lost record has ended: now that can be rebuilt. */
  changed(onboarding: Onboarding): void {
    const found = this.#unrecorded.get(keyText(onboarding.key))
    if (found?.record !== undefined && found.record.runId !== onboarding.runId && isSettled(onboarding)) {
      this.recover(onboarding.key.cluster)
    }
  }

  /** Looks at the cluster and mends what can be mended, again and again until it is done. */
  recover(cluster: string, failures = 0): void {
    if (this.#isStopped) return
    this.#timers.get(cluster)?.()
    const work = this.#recover(cluster, failures)
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
  }

  /** Waits for the first look at a cluster while it is under way, `ms` milliseconds at most: it may find what is asked for. */
  async firstLook(cluster: string, ms: number): Promise<void> {
    const looking = this.#looking.get(cluster)
    if (looking === undefined || this.#looked.has(cluster)) return
    const ended = looking.catch(() => undefined)
    await inTime(this.#options.ports.clock, ended, ms)
  }

  /** As in Tools. */
  readonly checkUnrecorded = async ({ key, runId }: Onboarding): Promise<void> => {
    if (!this.#looked.has(key.cluster)) await this.#look(key.cluster)
    const found = this.#unrecorded.get(keyText(key))
    if (found === undefined || found.record?.runId === runId) return
    throw new RemoteError(
      `The cluster has the workflow ${found.state.name} of an onboarding of the same, of which the bot has no record.`,
      {
        code: 'exists',
        cure:
          found.record === undefined
            ? 'Withdraw or stop this one. Then remove by hand what that workflow made, and delete the workflow.'
            : 'Withdraw or stop this one: the other record is then rebuilt from the cluster.',
      },
    )
  }

  async #recover(cluster: string, failures: number): Promise<void> {
    const { log, clock } = this.#options.ports
    try {
      // A look that is under way may have passed what has changed since.
      await this.#looking.get(cluster)?.catch(() => undefined)
      await this.#look(cluster)
      await this.#loseDamaged(cluster)
    } catch (error) {
      log.warn({ cluster, err: error }, 'the cluster could not be looked at for lost records')
      const again = failures + 1
      const wait = backoffMs(again, this.#options.random())
      this.#timers.set(
        cluster,
        clock.after(wait, () => {
          this.recover(cluster, again)
        }),
      )
    }
  }

  #look(cluster: string): Promise<void> {
    const running = this.#looking.get(cluster)
    if (running !== undefined) return running
    const look = this.#lookAt(cluster).finally(() => this.#looking.delete(cluster))
    this.#looking.set(cluster, look)
    return look
  }

  async #lookAt(cluster: string): Promise<void> {
    const last = lastOf(cluster, await this.#options.ports.workflows.list(cluster))
    // In an order that is the same for everybody who looks: the first of them is the one that is told.
    const all = [...last.values()].toSorted((one, other) => (keyText(one.key) < keyText(other.key) ? -1 : 1))
    const lost = await Promise.all(
      all.map(async (found) => found.record !== undefined && !(await this.#isKnown(found))),
    )
    const others = lost.filter(Boolean).length - 1
    let isTold = false
    for (const found of all) {
      const isRebuilt = await this.#match(found, { isTold: !isTold, others })
      isTold ||= isRebuilt
    }
    this.#looked.add(cluster)
  }

  async #isKnown(found: Found): Promise<boolean> {
    const existing = await this.#find(found.key)
    return existing !== undefined && (await this.#isRecorded(existing, found))
  }

  /** Whether a record was made of it. */
  async #match(found: Found, telling: Telling): Promise<boolean> {
    const name = keyText(found.key)
    // What is rebuilt has to be what was looked at a moment ago: its own work goes on meanwhile.
    const isKnown = await this.#isKnown(found)
    const isRebuilt = !isKnown && (await this.#rebuild(found, telling))
    if (isKnown || isRebuilt) {
      this.#unrecorded.delete(name)
      return isRebuilt
    }
    await this.#note(found)
    return false
  }

  /** No record can be made of it: its key stays taken. */
  async #note(found: Found): Promise<void> {
    const name = keyText(found.key)
    const { log, clock } = this.#options.ports
    log.error({ key: name, workflow: found.state.name }, 'no record knows this workflow')
    this.#unrecorded.set(name, found)
    if (found.record === undefined) return
    await this.#options.ledger.enter(found.key, () => ({ type: 'superseded', at: clock.now() }))
  }

  async #isRecorded(existing: Onboarding, found: Found): Promise<boolean> {
    const { key, record } = found
    if (record !== undefined && isBehind(existing, record)) return false
    if (isItsOwn(existing, found)) return true
    if (record === undefined || record.generation >= existing.generation) return false
    const older = await this.#options.ports.store.findOlder(key, record.generation)
    // What people have tidied away is over.
    return older === undefined || isItsOwn(older, found)
  }

  async #find(key: Key): Promise<Onboarding | undefined> {
    try {
      return await this.#options.ports.store.find(key)
    } catch (error) {
      if (error instanceof StoreError && error.code === 'damaged') return undefined
      throw error
    }
  }

  /** Whether the record is there afterwards. */
  async #rebuild({ key, state, record }: Found, { isTold, others }: Telling): Promise<boolean> {
    if (record === undefined) return false
    const { store, clock } = this.#options.ports
    await this.#keepFiles(record)
    const damaged = store.damaged().find((one) => keyText(one.key) === keyText(key))
    const reason = damaged === undefined ? missing(await this.#find(key)) : reasonOf(damaged)
    const more = others > 0 ? ` With it ${others} more are rebuilt; /onboard list names them.` : ''
    const entry = await this.#options.ledger.restore({
      type: 'rebuilt',
      at: clock.now(),
      record,
      uid: state.uid,
      reason: `${reason}${more}`,
      isTold,
    })
    return !('refused' in entry) && entry.onboarding.runId === record.runId
  }

  /** With the folder the sealed bytes may be gone too; those of today's template may be the same. */
  async #keepFiles({ key, runs }: Onboarding): Promise<void> {
    const { store, templates } = this.#options.ports
    const template = templates.find(key.template)
    for (const file of template === undefined ? [] : [template.onboard, template.cleanup]) {
      if (runs.some(({ workflowDigest }) => workflowDigest === file.digest)) await store.keepFile(file)
    }
  }

  async #loseDamaged(cluster: string): Promise<void> {
    for (const damaged of this.#options.ports.store.damaged()) {
      const { key, wasSettled } = damaged
      // What is in place may be known to a settled document only: such a key must not look free.
      if (key.cluster === cluster && !wasSettled && !this.#unrecorded.has(keyText(key))) {
        await this.#lose(damaged)
      }
    }
  }

  async #lose(damaged: Damaged): Promise<void> {
    const { key, requester } = damaged
    const { catalogue, clock, messenger, templates } = this.#options.ports
    const terms = catalogue.terms(key.cluster, key.template)
    if (terms === undefined) return
    const { channel, decideWithinMs } = terms
    const card = await messenger.findCard(key, { channel, since: clock.now() - decideWithinMs - dayMs })
    await this.#options.ledger.restore({
      type: 'lost',
      at: clock.now(),
      key,
      generation: card?.generation ?? 1,
      runId: randomUUID(),
      nonce: randomBytes(12).toString('base64url'),
      title: templates.find(key.template)?.title ?? key.template,
      requester,
      channel,
      ts: card?.ts,
      reason: reasonOf(damaged),
    })
  }
}
