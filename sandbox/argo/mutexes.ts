import { substitute } from './expressions.ts'
import { globalScope } from './scope.ts'
import type { Workflow } from './workflow.ts'

export interface Mutexes {
  /** Takes all mutexes of the workflow, or writes on it for which one it waits. */
  readonly acquire: (workflow: Workflow) => boolean
  /** Frees what `holder` holds; gives the workflows that waited for it. */
  readonly release: (holder: string) => string[]
}

/** `NAMESPACE/NAME` of a workflow, as lock holders are written. */
export function holderKey(workflow: Workflow): string {
  return `${workflow.metadata.namespace}/${workflow.metadata.name}`
}

/** Workflow-level mutexes, first come first served. */
export function createMutexes(): Mutexes {
  const holders = new Map<string, string>()
  const waiting = new Map<string, string[]>()
  const mutexesOf = (workflow: Workflow): string[] =>
    (workflow.spec.synchronization?.mutexes ?? []).map(({ name = '', namespace }) => {
      const full = substitute(name, globalScope(workflow))
      return `${namespace ?? workflow.metadata.namespace}/Mutex/${full}`
    })
  const firstInLine = (mutex: string, who: string): boolean => {
    const line = waiting.get(mutex) ?? []
    return line.length === 0 || line[0] === who
  }
  return {
    acquire: (workflow) => {
      const wanted = mutexesOf(workflow)
      const who = holderKey(workflow)
      if (wanted.length === 0) return true
      const taken = wanted.find((mutex) => {
        const holder = holders.get(mutex)
        return holder === undefined ? !firstInLine(mutex, who) : holder !== who
      })
      if (taken === undefined) {
        for (const mutex of wanted) {
          holders.set(mutex, who)
          waiting.set(
            mutex,
            (waiting.get(mutex) ?? []).filter((other) => other !== who),
          )
        }
        workflow.status.synchronization = {
          mutex: { holding: wanted.map((mutex) => ({ mutex, holder: who })) },
        }
        return true
      }
      const line = waiting.get(taken) ?? []
      if (!line.includes(who)) waiting.set(taken, [...line, who])
      const holder = holders.get(taken)
      workflow.status.phase = 'Pending'
      workflow.status.message = `Waiting for ${taken} lock. Lock status: 0/1`
      workflow.status.synchronization = {
        mutex: { waiting: [{ mutex: taken, ...(holder === undefined ? {} : { holder }) }] },
      }
      return false
    },
    release: (who) => {
      const woken: string[] = []
      for (const [mutex, line] of waiting)
        waiting.set(
          mutex,
          line.filter((other) => other !== who),
        )
      for (const [mutex, holder] of holders) {
        if (holder !== who) continue
        holders.delete(mutex)
        woken.push(...(waiting.get(mutex) ?? []))
      }
      return woken
    },
  }
}
