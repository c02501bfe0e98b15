/** How many letters are put in, left out, replaced or swapped with their neighbour. */
const distance = (a: string, b: string): number => {
  let older: readonly number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      const before = older[j - 1]
      const isSwapped = before !== undefined && a[i] === b[j - 1] && a[i - 1] === b[j]
      const swapped = isSwapped ? before + 1 : Infinity
      next.push(Math.min(replaced, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    older = row
    row = next
  }
  return row[b.length] ?? 0
}

/** The name that was probably meant; undefined when none is near. Case, dashes and underscores count for nothing. */
export const nearestName = (typed: string, names: readonly string[]): string | undefined => {
  // Names are short; comparing a pasted page with each would only take time.
  if (typed.length > 64) return undefined
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '')
  const [nearest] = names
    .map((name) => ({ name, far: distance(plain(typed), plain(name)) }))
    .toSorted((a, b) => a.far - b.far)
  return nearest !== undefined && nearest.far <= Math.max(1, Math.floor(typed.length / 3))
    ? nearest.name
    : undefined
}

/** The one name that begins like this: people leave off the end. */
const begunName = (typed: string, names: readonly string[]): string | undefined => {
  const [only, ...others] = names.filter((name) => typed.length > 1 && name.startsWith(typed.toLowerCase()))
  return others.length === 0 ? only : undefined
}

/** The name that was probably meant by one that is not known; undefined when none is near. */
export const meantName = (typed: string, names: readonly string[]): string | undefined =>
  nearestName(typed, names) ?? begunName(typed, names)

/** What to do about a name that is not one of those known. */
export const cureForName = (typed: string, names: readonly string[]): string => {
  const meant = meantName(typed, names)
  if (meant !== undefined) return `did you mean "${meant}"?`
  return names.length === 0 ? 'take it out' : `there is: ${names.join(', ')}`
}
