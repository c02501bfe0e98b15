import type { Key } from '../onboarding/key.ts'
import type { Onboarding } from '../onboarding/onboarding.ts'
import { StoreError } from '../onboarding/ports/store.ts'
import type { WorkflowFile } from '../onboarding/ports/templates.ts'
import { checkRequest } from './check-request.ts'
import type { Commands, Outcome, Wish } from './commands.ts'
import { createLedger, type Ledger } from './ledger.ts'
import type { Ports, Tools } from './performing.ts'
import { Reconciler } from './reconciler.ts'
import { Recovery } from './recovery.ts'
import { noteTemplates } from './templates-read.ts'
import { noteUnfollowed } from './unfollowed.ts'
import { type MakeEvent, Wishes } from './wishes.ts'

/** The commands, and the work that follows from them. */
export interface Runner {
  readonly commands: Commands
  /** Takes up everything that was not settled when the process ended before. */
  readonly start: () => void
  /** Starts nothing more; resolves when what was under way has ended. */
  readonly stop: () => Promise<void>
}

/** The last messages of an earlier generation are out within a moment; a new request waits for it (milliseconds). */
const settleMs = 1_500
const lookAgainMs = 50
/** A record that was lost is found within a moment of the start; a request waits for it (milliseconds). */
const firstLookMs = 1_000

const saving = async (task: () => Promise<Outcome>): Promise<Outcome> => {
  try {
    return await task()
  } catch (error) {
    if (error instanceof StoreError) return { refused: true, reason: 'not-saved', error }
    throw error
  }
}

type Enter = (key: Key, make: MakeEvent) => Promise<Outcome>

/** Whatever time has brought about counts before what somebody decides. */
const inTimeOnly =
  (enter: Enter, clock: Tools['clock']): Enter =>
  async (key, make) => {
    const woken = await enter(key, () => ({ type: 'woken', at: clock.now() }))
    return 'refused' in woken ? woken : enter(key, make)
  }

const createDecisions = (
  enter: Enter,
  wishes: Wishes,
): Pick<Commands, 'approve' | 'reject' | 'withdraw' | 'checkAgain'> => ({
  approve: (wish) =>
    enter(wish.key, (existing) => ({
      type: 'approved',
      ...wishes.asked(wish),
      earlier: wish.earlier ?? [],
      start: wishes.onboardStart(wish.key, existing),
    })),
  reject: (wish) => enter(wish.key, () => ({ type: 'rejected', ...wishes.asked(wish), reason: wish.reason })),
  withdraw: (wish) => enter(wish.key, () => ({ type: 'withdrawn', ...wishes.asked(wish) })),
  checkAgain: (wish) => enter(wish.key, () => ({ type: 'check-asked', ...wishes.asked(wish) })),
})

interface Parts {
  readonly tools: Tools
  readonly ledger: Ledger
  readonly wishes: Wishes
  readonly recovery: Recovery
}

const createRequest =
  ({ tools, wishes, recovery }: Parts, enter: Enter): Commands['request'] =>
  async (input, by) => {
    const { store, templates, clock } = tools
    const errors = checkRequest(input, tools)
    const template = templates.find(input.template)
    if (errors.length > 0 || template === undefined) return { refused: true, reason: 'invalid', errors }
    const key = { cluster: input.cluster, namespace: input.namespace, template: input.template }
    return saving(async () => {
      // What is sealed has to be there for as long as the answer is.
      await store.keepFile(template.onboard)
      await recovery.firstLook(key.cluster, firstLookMs)
      const ask = (): Promise<Outcome> => enter(key, wishes.request(input, template, { key, by }))
      const end = clock.elapsed() + settleMs
      let outcome = await ask()
      while ('refused' in outcome && outcome.reason === 'settling' && clock.elapsed() < end) {
        await new Promise<void>((resolve) => clock.after(lookAgainMs, resolve))
        outcome = await ask()
      }
      return outcome
    })
  }

const createCommands = (parts: Parts): Commands => {
  const { tools, ledger, wishes, recovery } = parts
  const { store, templates } = tools

  /** Damage that shows only now is mended like what the start found. */
  const noticing = async <T>({ cluster }: Key, task: () => Promise<T>): Promise<T> => {
    try {
      return await task()
    } catch (error) {
      if (error instanceof StoreError && error.code === 'damaged') recovery.recover(cluster)
      throw error
    }
  }

  const enter: Enter = (key, make) =>
    saving(async () => {
      const entry = await noticing(key, () => ledger.enter(key, make))
      return 'refused' in entry ? entry : { done: true, onboarding: entry.onboarding }
    })

  const cleanup = async (wish: Wish): Promise<Outcome> => {
    const file = templates.find(wish.key.template)?.cleanup
    if (file === undefined) {
      const text = `The template "${wish.key.template}" is not installed any more, so there is no clean-up for it.`
      return { refused: true, reason: 'invalid', errors: [{ field: 'template', text }] }
    }
    return saving(async () => {
      await store.keepFile(file)
      return enter(wish.key, wishes.cleanup(wish, file))
    })
  }

  return {
    check: (input) => checkRequest(input, tools),
    request: createRequest(parts, enter),
    cleanup,
    ...createDecisions(inTimeOnly(enter, tools.clock), wishes),
    stop: (wish) => enter(wish.key, () => ({ type: 'stop-asked', ...wishes.asked(wish) })),
    retry: (wish) =>
      enter(wish.key, (existing) => ({
        type: 'retry-asked',
        ...wishes.asked(wish),
        start: wishes.onboardStart(wish.key, existing),
      })),
    find: (key) => noticing(key, () => store.find(key)),
    active: () => store.active(),
    settled: () => store.settled(),
  }
}

const startCleanup = async (
  { tools, ledger, wishes }: { tools: Tools; ledger: Ledger; wishes: Wishes },
  { key, runId }: Onboarding,
): Promise<void> => {
  const file: WorkflowFile | undefined = tools.templates.find(key.template)?.cleanup
  if (file === undefined) throw new Error(`the template ${key.template} is not installed any more`)
  await tools.store.keepFile(file)
  await ledger.enter(key, wishes.cleanup({ key, by: 'bot' }, file), runId)
}

/** The runner around the pure core: checks, saves, answers, and performs what is due. `random` is in [0, 1). */
export const createRunner = (ports: Ports, random: () => number): Runner => {
  const wishes = new Wishes(ports)
  const ledger = createLedger({
    store: ports.store,
    log: ports.log,
    changed: (onboarding) => {
      reconciler.reconcile(onboarding)
      recovery.changed(onboarding)
    },
  })
  const recovery = new Recovery({ ports, ledger, random })
  const tools: Tools = { ...ports, checkUnrecorded: recovery.checkUnrecorded }
  const reconciler = new Reconciler({
    tools,
    ledger,
    random,
    startCleanup: (onboarding) => startCleanup({ tools, ledger, wishes }, onboarding),
  })
  return {
    commands: createCommands({ tools, ledger, wishes, recovery }),
    start: () => {
      for (const onboarding of tools.store.active()) reconciler.reconcile(onboarding)
      void noteTemplates({ ledger, tools })
      tools.workflows.watch((cluster, state) => {
        void noteUnfollowed({ ledger, tools }, cluster, state)
      })
      recovery.start()
    },
    stop: async () => {
      await Promise.all([recovery.stop(), reconciler.stop()])
    },
  }
}
