import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'

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
  /** The line of the value at the path, or of the nearest thing around it that is in the text. */
  readonly lineOf: (path: YamlPath) => number
  readonly findings: readonly Finding[]
}

/** Far above any workflow that people write, far below what would hold up the start. */
const largestBytes = 256 * 1024

const cures: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'keep one of the two',
  MULTIPLE_DOCS: 'keep one document: take out what follows the line "---"',
  TAB_AS_INDENT: 'indent with spaces',
}

const whats: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the name stands here twice',
  MULTIPLE_DOCS: 'a second document begins here',
}

const nothing = (what: string, cure: string): YamlSource => ({
  value: undefined,
  lineOf: () => 1,
  findings: [{ line: 1, path: [], what, cure }],
})

// The parser is recursive: brackets nested by the ten thousand end its stack.
const tooDeep = nothing('the values are nested too deeply', 'flatten them')

const read = (text: string): YamlSource => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' })
  const lineAt = (offset: number): number => Math.max(lines.linePos(offset).line, 1)
  const lineOfNode = (node: Node): number => lineAt(node.range?.[0] ?? 0)
  // What the parser says after its first error is mostly a consequence of it.
  const errors = document.errors.filter(({ code }, index) => index === 0 || code === 'DUPLICATE_KEY')
  if (errors.some(({ message }) => message.includes('call stack'))) return tooDeep
  const findings: Finding[] = errors.map(({ code, message, pos }) => ({
    line: lineAt(pos[0]),
    path: [],
    what: whats[code] ?? `this is not YAML: ${message}`,
    cure: cures[code] ?? 'mend the line, or the one above it',
  }))
  visit(document, {
    Node: (_key, node) => {
      const isShared = isAlias(node) || ((isScalar(node) || isCollection(node)) && node.anchor !== undefined)
      // A few nested aliases unfold to gigabytes, and a reader has to see what is sealed.
      if (isShared) {
        const what = 'anchors and aliases (& and *) are not taken'
        findings.push({ line: lineOfNode(node), path: [], what, cure: 'write the value out' })
      }
    },
    Pair: (_key, { key }) => {
      // In JavaScript it names no value of the map, so it would be lost in silence.
      if (isScalar(key) && key.value === '__proto__') {
        const what = 'the name "__proto__" is not taken'
        findings.push({ line: lineOfNode(key), path: [], what, cure: 'rename it' })
      }
    },
  })
  const lineOf = (path: YamlPath): number => {
    let node: unknown = document.contents
    let line = 1
    for (const part of path) {
      const pair = isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && String(key.value) === part)
        : undefined
      const child = isPair(pair) ? pair.value : isCollection(node) ? node.get(part, true) : undefined
      const marked = isPair(pair) ? pair.key : child
      if (marked === undefined) return line
      line = isScalar(marked) || isCollection(marked) ? lineOfNode(marked) : line
      node = child
    }
    return line
  }
  return { value: findings.length === 0 ? document.toJS({ maxAliasCount: 0 }) : undefined, lineOf, findings }
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
    if (error instanceof RangeError) return tooDeep
    throw error
  }
}
