import { type Event, EVENT_ID, getScalarValue } from 'js-yaml'

/** A value as it stands in a YAML text. */
export interface Place {
  readonly start: number
  /** What is written there, of a value that is neither a list nor a map. */
  readonly text?: string
  readonly isMap: boolean
  /** Whether it is named by an anchor, or is an alias. */
  readonly isShared: boolean
  /** The items of a list; of a map, keys and values in turn. */
  readonly children: Place[]
}

type ValueEvent = Exclude<Event, { type: typeof EVENT_ID.DOCUMENT | typeof EVENT_ID.POP }>

const startOf = (event: ValueEvent): number => {
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart
  return event.type === EVENT_ID.SCALAR ? event.valueStart : event.start
}

const placeOf = (event: ValueEvent, source: string): Place => ({
  start: startOf(event),
  ...(event.type === EVENT_ID.SCALAR && { text: getScalarValue(source, event) }),
  isMap: event.type === EVENT_ID.MAPPING,
  isShared: event.anchorStart >= 0,
  children: [],
})

/** Where everything stands: `all` in its order, `roots` one for each document. */
export const placesIn = (events: readonly Event[], source: string): { all: Place[]; roots: Place[] } => {
  const [all, roots]: [Place[], Place[]] = [[], []]
  const open: Place[][] = []
  for (const event of events) {
    if (event.type === EVENT_ID.POP) open.pop()
    else if (event.type === EVENT_ID.DOCUMENT) open.push(roots)
    else {
      const place = placeOf(event, source)
      all.push(place)
      open.at(-1)?.push(place)
      if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) open.push(place.children)
    }
  }
  return { all, roots }
}

/** The keys of a map; of anything else none. */
export const keysOf = ({ isMap, children }: Place): readonly Place[] =>
  isMap ? children.filter((_, index) => index % 2 === 0) : []

/** What a part of a path leads to, and the place that is shown for it: the key of a map, the item of a list. */
export const stepInto = (
  { isMap, children }: Place,
  part: PropertyKey,
): { readonly shown: Place; readonly value: Place | undefined } | undefined => {
  const at = isMap
    ? // Where a name stands twice the later one counts.
      children.findLastIndex(({ text }, index) => index % 2 === 0 && text === String(part))
    : Number(part)
  const shown = children[at]
  return shown === undefined ? undefined : { shown, value: isMap ? children[at + 1] : shown }
}
