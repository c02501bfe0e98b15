import { type BtpAnswer, managerError } from './answer.ts'

export interface Item {
  readonly id: string
  readonly name: string
  readonly subaccount: string
  readonly labels: Readonly<Record<string, readonly string[]>>
}

const term = /^(\w+) (eq|ne|in) (?:'((?:[^']|'')*)'|\(((?:'(?:[^']|'')*',?\s*)*)\))$/

type Matches = (values: readonly string[]) => boolean

interface Term {
  readonly key: string
  readonly matches: Matches
}

const readTerm = (text: string): Term | undefined => {
  const found = term.exec(text.trim())
  if (found === null) return undefined
  const [, key = '', operator, one = '', many = ''] = found
  const wanted =
    operator !== 'in'
      ? [one.replaceAll("''", "'")]
      : [...many.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = '']) => value.replaceAll("''", "'"))
  return {
    key,
    matches: (values) => values.some((value) => wanted.includes(value)) === (operator !== 'ne'),
  }
}

/** A query as a list of terms; undefined where it cannot be read. */
const readQuery = (text: string | null): readonly Term[] | undefined => {
  const terms = (text ?? '').split(' and ').filter((one) => one.trim() !== '')
  const read = terms.flatMap((one) => readTerm(one) ?? [])
  return read.length === terms.length ? read : undefined
}

const fieldOf = (item: Item, key: string): string => {
  const value = Object.entries(item).find(([name]) => name === key)?.[1]
  return typeof value === 'string' ? value : ''
}

/** A page of what a query finds, as the Service Manager lists; `token` says where the next one begins. */
export const listItems = <T extends Item>(
  items: readonly T[],
  query: URLSearchParams,
  shown: (item: T) => object,
): BtpAnswer => {
  const fields = readQuery(query.get('fieldQuery'))
  const labels = readQuery(query.get('labelQuery'))
  if (fields === undefined || labels === undefined)
    return managerError(400, 'BadRequest', 'the query is not valid')
  const found = items.filter(
    (item) =>
      fields.every(({ key, matches }) => matches([fieldOf(item, key)])) &&
      labels.every(({ key, matches }) => matches(item.labels[key] ?? [])),
  )
  const size = Math.min(Number(query.get('max_items') ?? 50), 200)
  const from = Number(query.get('token') ?? 0)
  const rest = found.length > from + size ? { token: String(from + size) } : {}
  const page = found.slice(from, from + size)
  return { status: 200, body: { ...rest, num_items: found.length, items: page.map(shown) } }
}
