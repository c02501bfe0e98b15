import { createManualClock, type ManualClock } from '../../sandbox/manual-clock.ts'
import { createLog } from '../../src/log.ts'
import { keyText } from '../../src/onboarding/key.ts'
import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import { onboardingSchema } from '../../src/onboarding/onboarding.ts'
import { offering } from '../../src/onboarding/outbox.ts'
import type { Catalogue, Terms } from '../../src/onboarding/ports/catalogue.ts'
import { MessengerError } from '../../src/onboarding/ports/messenger.ts'
import { RemoteError } from '../../src/onboarding/ports/remote-error.ts'
import { type Store, StoreError } from '../../src/onboarding/ports/store.ts'
import type { Template, Templates } from '../../src/onboarding/ports/templates.ts'
import type {
  WorkflowListener,
  WorkflowManifest,
  WorkflowState,
} from '../../src/onboarding/ports/workflows.ts'
import type { Ports } from '../../src/runner/performing.ts'

interface SimulatedWorkflow {
  state: WorkflowState
  creates: number
  fails: boolean
}

interface Message {
  readonly id: string
  readonly ts: string
}

/** One process of the bot: when it is dead, nothing that it still does has any effect or answer. */
interface Boot {
  isAlive: boolean
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined)

const steps = ['create-subaccount', 'register-platform', 'install-proxy'].map((name) => ({
  name,
  title: name,
}))
const undoing = steps.toReversed().map(({ name }) => ({ name: `undo-${name}`, title: `undo ${name}` }))

const template: Template = {
  name: 'sap-btp',
  title: 'SAP BTP',
  description: '',
  parameters: [{ name: 'region', title: 'Region', default: 'eu10', required: false }],
  onboard: { text: 'onboard', digest: 'onboard-digest', steps },
  cleanup: { text: 'cleanup', digest: 'cleanup-digest', steps: undoing },
}

const rule = (...allow: string[]): { allow: string[]; deny: string[] } => ({ allow, deny: [] })

const terms: Terms = {
  policy: {
    rules: {
      request: rule('UREQ'),
      approve: rule('UAPP'),
      extend: rule(),
      stop: rule('requester', 'approvers'),
      retry: rule('requester', 'approvers'),
      cleanup: rule('requester', 'approvers'),
      'cleanup-succeeded': rule('approvers'),
    },
    admins: rule('UADM'),
    approvals: 1,
    requesterMayApprove: false,
  },
  channel: 'C1',
  onFailure: 'ask',
  decideWithinMs: 3_600_000,
  submitWithinMs: 4 * 3_600_000,
  overdueAfterMs: 3_600_000,
}

/** Disk, argo-server, Kubernetes and Slack of a simulation: they outlive every process and fail as `random` says. */
export class World {
  readonly clock: ManualClock = createManualClock()
  readonly random: () => number
  readonly documents = new Map<string, string>()
  readonly older = new Map<string, Onboarding>()
  readonly files = new Map<string, string>()
  readonly workflows = new Map<string, SimulatedWorkflow>()
  readonly secrets = new Map<string, Record<string, string>>()
  readonly cards = new Map<string, { posts: number; version: number; ts: string }>()
  readonly messages = new Map<string, Message[]>()
  /** Notices under which buttons stand. */
  readonly buttons = new Set<string>()
  readonly created: { workflow: string; decided: boolean }[] = []
  /** The chance that a call fails, loses its answer or kills the process. */
  faults = 0
  crashes = 0
  injected = 0
  failing = 0.3
  /** argo-server takes no workflow. */
  isRefusing = false
  onCrash: () => void = () => undefined
  #listeners = new Map<WorkflowListener, { boot: Boot; name: string }>()
  #ts = 0

  constructor(random: () => number) {
    this.random = random
  }

  /** The tools of one process. */
  tools(boot: Boot): Ports {
    return {
      store: this.#store(boot),
      workflows: this.#workflows(boot),
      secrets: {
        make: (_cluster, name, data) =>
          this.#call(boot, 'remote', () => void this.secrets.set(name, { ...data })),
        own: () => this.#call(boot, 'remote', () => undefined),
        read: (_cluster, name) => this.#call(boot, 'remote', () => this.secrets.get(name)),
        remove: (_cluster, name) => this.#call(boot, 'remote', () => void this.secrets.delete(name)),
      },
      credentials: { fetch: () => this.#call(boot, 'remote', () => ({ password: 'very-secret-value' })) },
      templates: this.#templates(),
      catalogue: this.#catalogue(),
      messenger: this.#messenger(boot),
      clock: {
        now: this.clock.now,
        elapsed: this.clock.elapsed,
        after: (delayMs, wake) =>
          this.clock.after(delayMs, () => {
            if (boot.isAlive) wake()
          }),
      },
      log: createLog('silent'),
    }
  }

  /** One move of the controller: some workflow gets a step further. */
  move(): void {
    for (const [name, workflow] of this.workflows) {
      const { state } = workflow
      if (state.finishedAt !== undefined || this.random() < 0.4) continue
      workflow.state = this.#further(workflow)
      this.tell(name, 0.3)
    }
  }

  /** Tells the followers what is; each telling is lost with the given chance. */
  tell(name: string, loss: number): void {
    const workflow = this.workflows.get(name)
    for (const [listener, { boot, name: followed }] of this.#listeners) {
      if (followed !== name || !boot.isAlive || this.random() < loss) continue
      if (workflow === undefined) listener.gone(name)
      else listener.seen(workflow.state, { isWatched: true })
    }
  }

  tellAll(): void {
    for (const name of this.workflows.keys()) this.tell(name, 0)
  }

  document(key: string): Onboarding | undefined {
    const text = this.documents.get(key)
    return text === undefined ? undefined : onboardingSchema.parse(JSON.parse(text))
  }

  async #call<T>(boot: Boot, kind: 'remote' | 'disk' | 'slack', effect: () => T): Promise<T> {
    await Promise.resolve()
    if (!boot.isAlive) return never()
    const isFaulty = this.random() < this.faults
    if (!isFaulty) return effect()
    this.injected += 1
    const fate = this.random()
    const isDone = this.random() < 0.5
    if (isDone && kind !== 'disk') effect()
    if (fate < 0.3) {
      if (isDone && kind === 'disk') effect()
      boot.isAlive = false
      this.crashes += 1
      this.onCrash()
      return never()
    }
    if (kind === 'disk') throw new StoreError('disk', { code: 'disk' })
    if (kind === 'slack') throw new MessengerError('slack', { code: 'later' })
    throw new RemoteError('remote', { code: isDone ? 'unreachable' : 'unavailable' })
  }

  #store(boot: Boot): Store {
    const save = (next: Onboarding): void => {
      const name = keyText(next.key)
      const saved = this.document(name)
      const isNew = saved === undefined || saved.generation < next.generation
      if (next.revision !== (isNew ? 1 : saved.revision + 1))
        throw new StoreError('conflict', { code: 'conflict' })
      if (isNew && saved !== undefined) this.older.set(`${name}#${saved.generation}`, saved)
      this.documents.set(name, JSON.stringify(onboardingSchema.parse(next)))
    }
    return {
      find: async (key) => this.#call(boot, 'disk', () => this.document(keyText(key))),
      findOlder: async (key, generation) => this.older.get(`${keyText(key)}#${generation}`),
      active: () => [...this.documents.keys()].flatMap((name) => this.document(name) ?? []),
      save: (next) => this.#call(boot, 'disk', () => save(next)),
      restore: (next) =>
        this.#call(boot, 'disk', () => {
          if (next.revision === 1) this.documents.delete(keyText(next.key))
          save(next)
        }),
      damaged: () => [],
      settled: () => [],
      keepFile: ({ digest, text }) => this.#call(boot, 'disk', () => void this.files.set(digest, text)),
      readFile: (digest) => this.#call(boot, 'disk', () => this.files.get(digest)),
      readOnly: () => undefined,
    }
  }

  #workflows(boot: Boot): Ports['workflows'] {
    return {
      create: (_cluster, manifest) => this.#call(boot, 'remote', () => this.#create(manifest)),
      check: (_cluster, manifest) => this.#call(boot, 'remote', () => this.#check(manifest)),
      get: (_cluster, name) => this.#call(boot, 'remote', () => this.workflows.get(name)?.state),
      retry: (_cluster, name) => this.#call(boot, 'remote', () => this.#retry(name)),
      stop: (_cluster, name) => this.#call(boot, 'remote', () => this.#stop(name)),
      list: () =>
        this.#call(boot, 'remote', () =>
          [...this.workflows.values()].map(({ state }) => ({ ...state, steps: [] })),
        ),
      log: () => this.#call(boot, 'remote', () => ['the password is very-secret-value']),
      watch: () => undefined,
      follow: (_cluster, { name }, listener) => {
        this.#listeners.set(listener, { boot, name })
        return {
          look: () => {
            // It may get no answer, as anything may here.
            if (this.workflows.has(name)) this.tell(name, 0.3)
          },
          end: () => this.#listeners.delete(listener),
        }
      },
      link: () => undefined,
    }
  }

  #check({ metadata: { name } }: WorkflowManifest): void {
    if (this.isRefusing) throw new RemoteError('no right to create', { code: 'forbidden' })
    if (this.workflows.has(name)) throw new RemoteError('already exists', { code: 'exists' })
  }

  #create(manifest: WorkflowManifest): WorkflowState {
    this.#check(manifest)
    const { name, labels, annotations } = manifest.metadata
    // A quota conflict has the same code and creates nothing.
    if (this.random() < this.faults) throw new RemoteError('quota', { code: 'exists' })
    const isCleanup = labels['onboard-bot.dev/kind'] === 'cleanup'
    const plan = isCleanup ? undoing : steps
    const state: WorkflowState = {
      name,
      uid: `uid-${name}`,
      steps: plan.map((step) => ({ name: step.name, phase: 'pending', podName: `${name}-${step.name}` })),
      outputs: [],
      labels,
      annotations,
    }
    this.workflows.set(name, { state, creates: 1, fails: this.random() < this.failing })
    const key = annotations['onboard-bot.dev/key'] ?? ''
    this.created.push({
      workflow: name,
      decided: this.document(key)?.decisions.some((d) => d.decision === 'approve') ?? false,
    })
    return state
  }

  #further(workflow: SimulatedWorkflow): WorkflowState {
    const { state } = workflow
    const at = this.clock.now()
    const next = state.steps.findIndex(({ phase }) => phase === 'pending' || phase === 'running')
    const isLast = next === state.steps.length - 1
    const fails = workflow.fails && isLast
    const moved = state.steps.map((step, index) =>
      index === next
        ? {
            ...step,
            phase: fails ? ('failed' as const) : ('succeeded' as const),
            startedAt: at,
            finishedAt: at,
            ...(fails && { message: 'very-secret-value is wrong' }),
          }
        : step,
    )
    if (!isLast) return { ...state, phase: 'Running', steps: moved }
    const isCleanup = state.labels['onboard-bot.dev/kind'] === 'cleanup'
    const outputs = isCleanup
      ? [{ name: 'remaining', value: '[]' }]
      : [{ name: 'subaccount-id', value: 'sa-1' }]
    const finishedAt = new Date(at).toISOString()
    return {
      ...state,
      phase: fails ? 'Failed' : 'Succeeded',
      steps: moved,
      finishedAt,
      outputs: fails ? [] : outputs,
    }
  }

  #retry(name: string): void {
    const workflow = this.workflows.get(name)
    if (workflow?.state.phase !== 'Failed') throw new RemoteError('cannot retry', { code: 'invalid' })
    const { phase: _phase, finishedAt: _finishedAt, ...rest } = workflow.state
    workflow.state = {
      ...rest,
      steps: rest.steps.map((step) =>
        step.phase === 'failed' ? { name: step.name, phase: 'pending' } : step,
      ),
    }
    workflow.fails = this.random() < this.failing
  }

  #stop(name: string): void {
    const workflow = this.workflows.get(name)
    if (workflow === undefined) throw new RemoteError('not found', { code: 'not-found' })
    if (workflow.state.finishedAt !== undefined) throw new RemoteError('completed', { code: 'unavailable' })
    workflow.state = {
      ...workflow.state,
      phase: 'Failed',
      finishedAt: new Date(this.clock.now()).toISOString(),
    }
  }

  #templates(): Templates {
    return {
      all: [template],
      find: (name) => (name === template.name ? template : undefined),
      manifest: (_text, { name, labels, annotations }) => ({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Workflow',
        metadata: { name, labels, annotations },
        spec: {},
      }),
      secretsOf: () => ({}),
    }
  }

  #catalogue(): Catalogue {
    return {
      clusters: [{ name: 'prod', title: 'Production', templates: ['sap-btp'] }],
      terms: () => terms,
      fixedValues: () => [],
      installation: 'simulation',
    }
  }

  #messenger(boot: Boot): Ports['messenger'] {
    const post = (place: string, id: string): string => {
      this.#ts += 1
      const ts = String(this.#ts)
      this.messages.set(place, [...(this.messages.get(place) ?? []), { id, ts }])
      return ts
    }
    return {
      showCard: (onboarding) =>
        this.#call(boot, 'slack', () => {
          const name = `${keyText(onboarding.key)}#${onboarding.runId}`
          const { ts, trying, version } = onboarding.thread
          const card = this.cards.get(name)
          const isKnown = ts !== undefined || (trying && card !== undefined)
          const next =
            isKnown && card
              ? { ...card, version }
              : { posts: (card?.posts ?? 0) + 1, version, ts: post(name, 'card') }
          this.cards.set(name, next)
          return { channel: 'C1', ts: next.ts }
        }),
      findCard: () => this.#call(boot, 'slack', () => undefined),
      threadLink: () => undefined,
      postNotice: (onboarding, notice) =>
        this.#call(boot, 'slack', () => {
          const name = `${keyText(onboarding.key)}#${onboarding.runId}`
          const earlier = this.messages.get(name)?.find(({ id }) => id === notice.id)
          if (notice.state === 'trying' && earlier) return { ts: earlier.ts }
          if (offering(onboarding)?.id === notice.id) this.buttons.add(`${name} ${notice.id}`)
          return { ts: post(name, notice.id) }
        }),
      redrawNotice: (onboarding, notice) =>
        this.#call(boot, 'slack', () => {
          if (offering(onboarding)?.id === notice.id) return
          this.buttons.delete(`${keyText(onboarding.key)}#${onboarding.runId} ${notice.id}`)
        }),
    }
  }
}
