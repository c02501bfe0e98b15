/** Runs what is handed in for the same name one after the other. */
export interface InTurn {
  readonly run: <Result>(name: string, work: () => Promise<Result>) => Promise<Result>
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>
}

export const createInTurn = (): InTurn => {
  const last = new Map<string, Promise<unknown>>()
  return {
    run: async (name, work) => {
      const before = last.get(name)
      const result = before === undefined ? work() : before.then(work, work)
      last.set(name, result)
      try {
        return await result
      } finally {
        if (last.get(name) === result) last.delete(name)
      }
    },
    idle: async () => {
      while (last.size > 0) await Promise.allSettled(last.values())
    },
  }
}
