import type { Clock } from './clock.ts'

/** Waits for the promise, but no longer than `ms`; what comes late is not lost, only not waited for. */
export const inTime = async <T>(clock: Clock, promise: Promise<T>, ms: number): Promise<T | 'late'> => {
  let cancel = (): void => undefined
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.after(ms, () => {
      resolve('late')
    })
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    cancel()
  }
}
