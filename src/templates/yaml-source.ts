import { constructFromEvents, type Event, parseEvents, YAMLException } from 'js-yaml'

import { draftOf } from './yaml-draft.ts'
import { keysOf, type Place, placesIn, stepInto } from './yaml-places.ts'

/** A place in a YAML text: the keys and indices that lead to it. */
export type YamlPath = readonly PropertyKey[]

/** Something wrong at a line, in words for whoever writes the file; `path` where it belongs to a value. */
export interface Finding {
  readonly line: number
  readonly path: YamlPath
  readonly what: string
  readonly cure: string
  /** Of an unknown name: the one that it was probably meant to be. */
  readonly meant?: string | undefined
}

export interface YamlSource {
  readonly value: unknown
  /** What can be judged all the same where the text is not taken as it stands. Else the value. */
  readonly draft: unknown
  /** The line of the value at the path, or of the nearest thing around it that is in the text. */
  readonly lineOf: (path: YamlPath) => number
  /** The value at the path as it is written; undefined where nothing is. */
  readonly placeAt: (path: YamlPath) => Place | undefined
  readonly findings: readonly Finding[]
}

/** Far above any workflow that people write, far below what would hold up the start. */
const largestBytes = 256 * 1024

const unreadable = (finding: Omit<Finding, 'path'>): YamlSource => ({
  value: undefined,
  draft: undefined,
  lineOf: () => 1,
  placeAt: () => undefined,
  findings: [{ ...finding, path: [] }],
})

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** To what the parser says (js-yaml 5), where it does not tell the cure by itself. */
const cures: Readonly<Record<string, string>> = {
  'tab characters must not be used in indentation': 'indent with spaces',
  'deficient indentation': 'indent the line, or close the bracket that is open above it',
}

const notYaml = ({ reason, mark }: YAMLException): Omit<Finding, 'path'> => ({
  line: (mark?.line ?? 0) + 1,
  what: `this is not YAML: ${reason}`,
  cure: cures[reason] ?? 'mend the line, or the one above it',
})

const doubled = (map: Place): readonly Place[] => {
  const seen = new Set<string>()
  return keysOf(map).filter(({ text = '' }) => seen.size === seen.add(text).size)
}

/** What would be taken for something else than it is, by people or by JavaScript. */
const misleading = (events: readonly Event[], text: string): readonly Finding[] => {
  const { all, roots } = placesIn(events, text)
  const found = (what: string, cure: string, starts: readonly number[]): readonly Finding[] =>
    [...new Set(starts.map((start) => lineAt(text, start)))].map((line) => ({ line, path: [], what, cure }))
  const startsOf = (places: readonly Place[]): readonly number[] => places.map(({ start }) => start)
  const shared = all.filter(({ isShared }) => isShared)
  const lost = all.flatMap(keysOf).filter((key) => key.text === '__proto__')
  const second = roots.slice(1, 2).map(({ start }) => text.lastIndexOf('\n---', start) + 1)
  return [
    ...found(
      'a second document begins here',
      'keep one document: take out what follows the line "---"',
      second,
    ),
    ...found('the name stands here twice', 'keep one of the two', startsOf(all.flatMap(doubled))),
    // A few nested aliases unfold to gigabytes, and a reader has to see what is sealed.
    ...found('anchors and aliases (& and *) are not taken', 'write the value out', startsOf(shared)),
    // In JavaScript it names no value of the map, so it would be lost in silence.
    ...found('the name "__proto__" is not taken', 'rename it', startsOf(lost)),
  ]
}

/** What is on the way to the path, as far as it is there: the places that are shown, and the value at its end. */
const walk = (
  root: Place | undefined,
  path: YamlPath,
): { shown: readonly Place[]; value?: Place | undefined } => {
  const shown: Place[] = []
  let value = root
  for (const part of path) {
    const step = value === undefined ? undefined : stepInto(value, part)
    if (step === undefined) return { shown }
    shown.push(step.shown)
    value = step.value
  }
  return { shown, value }
}

const read = (text: string): YamlSource => {
  const events = parseEvents(text, {})
  const findings = misleading(events, text)
  const root = (): Place | undefined => placesIn(events, text).roots[0]
  const places = {
    lineOf: (path: YamlPath): number => lineAt(text, walk(root(), path).shown.at(-1)?.start ?? 0),
    placeAt: (path: YamlPath): Place | undefined => walk(root(), path).value,
  }
  if (findings.length > 0) return { value: undefined, draft: draftOf(events, text), ...places, findings }
  const value = constructFromEvents(events, { source: text })[0] ?? null
  return { value, draft: value, ...places, findings }
}

/**
 * Reads one YAML 1.2 document (or JSON, which is YAML too) and remembers its lines. Syntax errors, doubled keys,
 * anchors and oversized texts come back as findings; `value` is undefined then. Throws nothing.
 */
export const readYaml = (text: string): YamlSource => {
  if (Buffer.byteLength(text) > largestBytes)
    return unreadable({ line: 1, what: 'the file is larger than 256 KiB', cure: 'make it smaller' })
  try {
    return read(text)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    return unreadable(
      error.reason.startsWith('nesting exceeded')
        ? { line: 1, what: 'the values are nested too deeply', cure: 'flatten them' }
        : notYaml(error),
    )
  }
}
