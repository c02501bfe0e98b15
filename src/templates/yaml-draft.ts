import { constructFromEvents, CORE_SCHEMA, type Event, mergeTag } from 'js-yaml'

/** More values than any file that people write has, few enough to be judged in no time. */
const mostValues = 50_000

type Sizes = Map<object, number>

/** How many values there are once every alias is written out; of what holds itself, infinitely many. */
const unfolded = (value: unknown, sizes: Sizes): number => {
  if (typeof value !== 'object' || value === null) return 1
  const known = sizes.get(value)
  if (known !== undefined) return known
  sizes.set(value, Infinity)
  const size = Object.values(value).reduce<number>((sum, inner) => sum + unfolded(inner, sizes), 1)
  sizes.set(value, size)
  return size
}

const withoutLost = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, inner: unknown) => (key === '__proto__' ? undefined : inner))

/**
 * What can be judged of a text that is not taken as it stands: its first document, where a name stands twice with the
 * later value, aliases and merges (`<<`) written out, without the names that JavaScript would lose. Undefined where
 * aliases unfold without end. Throws YAMLException.
 */
export const draftOf = (events: Event[], source: string): unknown => {
  const options = { source, json: true, schema: CORE_SCHEMA.withTags(mergeTag) }
  const [draft = null] = constructFromEvents(events, options)
  return unfolded(draft, new Map()) > mostValues ? undefined : withoutLost(draft)
}
