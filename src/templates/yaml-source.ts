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
}

export interface YamlSource {
  readonly value: unknown
  /** What can be judged all the same where the text is not taken as it stands. Else the value. */
  readonly draft: unknown
  /** The line of the value at the path, or of the nearest thing around it that is in the text. */
  readonly lineOf: (path: YamlPath) => number
  readonly findings: readonly Finding[]
}

/** Far above any workflow that people write, far below what would hold up the start. */
const largestBytes = 256 * 1024

const nothing = (what: string, cure: string): YamlSource => ({
  value: undefined,
  draft: undefined,
  lineOf: () => 1,
  findings: [{ line: 1, path: [], what, cure }],
})

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** To what the parser says (js-yaml 5), where it does not tell the cure by itself. */
const cures: Readonly<Record<string, string>> = {
  'tab characters must not be used in indentation': 'indent with spaces',
  'deficient indentation': 'indent the line, or close the bracket that is open above it',
}

const notYaml = ({ reason, mark }: YAMLException): Finding => ({
  line: (mark?.line ?? 0) + 1,
  path: [],
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

const lineOfPath = (events: readonly Event[], text: string, path: YamlPath): number => {
  let [place] = placesIn(events, text).roots
  let line = 1
  for (const part of path) {
    const step = place === undefined ? undefined : stepInto(place, part)
    if (step === undefined) return line
    line = lineAt(text, step.shown.start)
    place = step.value
  }
  return line
}

const read = (text: string): YamlSource => {
  const events = parseEvents(text, {})
  const findings = misleading(events, text)
  const lineOf = (path: YamlPath): number => lineOfPath(events, text, path)
  if (findings.length > 0) return { value: undefined, draft: draftOf(events, text), lineOf, findings }
  const value = constructFromEvents(events, { source: text })[0] ?? null
  return { value, draft: value, lineOf, findings }
}

/**
 * Reads one YAML 1.2 document (or JSON, which is YAML too) and remembers its lines. Syntax errors, doubled keys,
 * anchors and oversized texts come back as findings; `value` is undefined then. Throws nothing.
 */
export const readYaml = (text: string): YamlSource => {
  if (Buffer.byteLength(text) > largestBytes) {
    return nothing('the file is larger than 256 KiB', 'make it smaller')
  }
  try {
    return read(text)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    if (error.reason.startsWith('nesting exceeded'))
      return nothing('the values are nested too deeply', 'flatten them')
    return { value: undefined, draft: undefined, lineOf: () => 1, findings: [notYaml(error)] }
  }
}
