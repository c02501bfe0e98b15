/** Runs tasks of the same name one after the other, and tasks of different names side by side. */
export const createKeyedLock = (): (<T>(name: string, task: () => Promise<T>) => Promise<T>) => {
  const tails = new Map<string, Promise<unknown>>()
  return async (name, task) => {
    const before = tails.get(name) ?? Promise.resolve()
    const mine = before.then(task, task)
    tails.set(name, mine)
    try {
      return await mine
    } finally {
      if (tails.get(name) === mine) tails.delete(name)
    }
  }
}
