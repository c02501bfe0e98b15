/** Payloads are redelivered within minutes; this many are remembered. */
const remembered = 2_000

/** Tells whether an id is seen for the first time, as far as it remembers. */
export const createRecentlySeen = (): ((id: string) => boolean) => {
  const seen = new Set<string>()
  return (id) => {
    if (seen.has(id)) return false
    seen.add(id)
    const [oldest] = seen
    if (seen.size > remembered && oldest !== undefined) seen.delete(oldest)
    return true
  }
}
