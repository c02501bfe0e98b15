import { botNames } from './workflow-schema.ts'
import type { Finding, YamlPath } from './yaml-source.ts'

export type Found = Omit<Finding, 'line'>

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.filter((one) => typeof one === 'string')
    : typeof value === 'string'
      ? [value]
      : []

const shell = /(?:^|\/)(?:(?:ba|da|k|z|a)?sh|env)$/
const interpreter = /(?:^|\/)(?:python[\d.]*|node|perl|ruby|php|pwsh)$/

/** Whether the words of a container are read as a program: a shell's, or what follows `python -c` and the like. */
const areProgram = (command: readonly string[], args: readonly string[]): boolean =>
  command.some((word) => shell.test(word)) ||
  (command.some((word) => interpreter.test(word)) &&
    [...command, ...args].some((word) => /^-(?:[a-z]*[ce]|-eval|-print|r)$/.test(word)))

const hasTag = (value: unknown): boolean => texts(value).some((text) => text.includes('{{'))

// The key's own parts are DNS labels, and what else the bot fills in is its own: nothing in them can break out.
const ownTag = new RegExp(`\\{\\{ *workflow\\.parameters\\.(?:${botNames.join('|')}) *\\}\\}`, 'g')
const hasForeignTag = (value: unknown): boolean =>
  typeof value === 'string' && value.replaceAll(ownTag, '').includes('{{')

const cure = 'hand the value over as an environment variable'

const splicedIn = (map: Readonly<Record<string, unknown>>, path: YamlPath): readonly Found[] => {
  const found: Found[] = []
  const { script, command, args, resource, podSpecPatch } = map
  if (isMap(script) && hasTag(script['source']))
    found.push({ path: [...path, 'script', 'source'], what: 'a parameter stands inside a script', cure })
  if (areProgram(texts(command), texts(args)) && (hasTag(args) || hasTag(command))) {
    const at = hasTag(args) ? 'args' : 'command'
    found.push({ path: [...path, at], what: "a parameter stands inside a shell's words", cure })
  }
  if (isMap(resource) && hasForeignTag(resource['manifest'])) {
    const what = 'a parameter stands inside the text of a manifest'
    found.push({
      path: [...path, 'resource', 'manifest'],
      what,
      cure: `let a program make it; only ${botNames.join(', ')} may stand there`,
    })
  }
  if (hasForeignTag(podSpecPatch))
    found.push({
      path: [...path, 'podSpecPatch'],
      what: 'a parameter stands inside a patch',
      cure: 'take it out',
    })
  return found
}

/**
 * Where Argo would paste a parameter into a program or into the text of an object, in whatever kind of template or
 * container it stands: there a value becomes part of what runs.
 */
export const findSplicing = (value: unknown, path: YamlPath): readonly Found[] => {
  if (Array.isArray(value)) return value.flatMap((one, index) => findSplicing(one, [...path, index]))
  if (!isMap(value)) return []
  const inner = Object.entries(value).flatMap(([name, one]) => findSplicing(one, [...path, name]))
  return [...splicedIn(value, path), ...inner]
}
