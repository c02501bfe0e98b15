import type { Event, Start } from './events.ts'
import type { Notice, Onboarding, Run } from './onboarding.ts'

/** A copy without the named fields: with exact optional types a field is left out, never set to undefined. */
export const without = <T extends object, Name extends keyof T>(from: T, ...names: Name[]): Omit<T, Name> => {
  const copy = { ...from }
  for (const name of names) delete copy[name]
  return copy
}

/** Whether two values say the same; the order of fields, which a save may change, says nothing. */
export const isSame = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [of, and] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))]
  return of.length === and.size && of.every(([name, value]) => and.has(name) && isSame(value, and.get(name)))
}

/** The onboarding with a line more in its history. */
export const entered = (
  onboarding: Onboarding,
  event: Event,
  { actor, detail }: { actor: string; detail?: string },
): Onboarding => ({
  ...onboarding,
  history: [
    ...onboarding.history,
    { at: event.at, actor, event: event.type, ...(detail !== undefined && { detail }) },
  ],
})

type NoticeContent = Omit<Notice, 'at' | 'to' | 'state' | 'ts'> & { readonly to: readonly Notice['to'][] }

/** The onboarding with a notice due for each audience; one that was given before is not given again. */
export const notified = (onboarding: Onboarding, event: Event, content: NoticeContent): Onboarding => {
  const added = content.to
    .map((to): Notice => {
      const id = to === 'thread' ? content.id : `${content.id}.${to}`
      // A rebuilt record does not know what was posted: everything is looked for before it is posted.
      return {
        ...content,
        id,
        at: event.at,
        to,
        state: onboarding.rebuiltAt === undefined ? 'due' : 'trying',
      }
    })
    .filter(({ id }) => onboarding.notices.every((notice) => notice.id !== id))
  return { ...onboarding, notices: [...onboarding.notices, ...added] }
}

/** The id for a notice about something that may happen more than once: another one than those that were given. */
export const unusedId = ({ notices }: Onboarding, id: string, { at }: Event): string =>
  notices.some((notice) => notice.id === id) ? `${id}.${at}` : id

/** The onboarding with one run changed. */
export const withRun = (onboarding: Onboarding, index: number, run: Run): Onboarding => ({
  ...onboarding,
  runs: onboarding.runs.map((other, at) => (at === index ? run : other)),
})

interface Planned {
  readonly at: number
  readonly start: Start
}

/** The run that would begin now: it waits to be submitted. */
export const plannedRun = (
  { runs }: Onboarding,
  { at, start }: Planned,
  { kind, by }: { kind: Run['kind']; by: string },
): Run => ({
  kind,
  attempt: runs.filter((other) => other.kind === kind).length + 1,
  retries: 0,
  workflowName: start.workflowName,
  workflowDigest: start.workflowDigest,
  startedBy: by,
  requestedAt: at,
  submitBy: start.submitBy,
  overdueAt: start.overdueAt,
  phase: 'submitting',
  steps: start.steps.map((step) => ({ ...step, phase: 'pending' })),
  secret: false,
})

/** The onboarding with a new run that waits to be submitted. */
export const addRun = (
  onboarding: Onboarding,
  planned: Planned,
  about: { kind: Run['kind']; by: string },
): Onboarding => ({ ...onboarding, runs: [...onboarding.runs, plannedRun(onboarding, planned, about)] })
