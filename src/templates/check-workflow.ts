import { z } from 'zod'

import { isNamedLikeSecret } from './looks-secret.ts'
import { stepNames } from './plan-steps.ts'
import type { Workflow } from './workflow-schema.ts'
import { botNames } from './workflow-schema.ts'
import type { Finding, YamlPath, YamlSource } from './yaml-source.ts'

const rawSchema = z.object({
  script: z.object({ source: z.unknown() }).optional(),
  container: z.object({ command: z.unknown(), args: z.unknown() }).optional(),
})
type Raw = z.infer<typeof rawSchema>

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.filter((one) => typeof one === 'string')
    : typeof value === 'string'
      ? [value]
      : []

const isShell = (command: readonly string[]): boolean =>
  command.some((word) => /(?:^|\/)(?:ba|da|k|z|a)?sh$/.test(word)) || command.includes('env')

const hasTag = (value: unknown): boolean => texts(value).some((text) => text.includes('{{'))

type Found = Omit<Finding, 'line'>

// Argo pastes a parameter as text: in a script or a shell's words a value becomes a program.
const splicing = (raw: Raw, path: YamlPath): readonly Found[] => {
  const cure = 'hand the value over as an environment variable'
  const found: Found[] = []
  if (hasTag(raw.script?.source)) {
    found.push({ path: [...path, 'script', 'source'], what: 'a parameter stands inside a script', cure })
  }
  const { command, args } = raw.container ?? {}
  if (isShell(texts(command)) && (hasTag(args) || hasTag(command))) {
    found.push({
      path: [...path, 'container', 'args'],
      what: "a parameter stands inside a shell's words",
      cure,
    })
  }
  return found
}

const doubled = (names: readonly string[]): readonly string[] =>
  names.filter((name, index) => names.indexOf(name) !== index)

const parameterFindings = ({ spec }: Workflow): readonly Found[] =>
  spec.arguments.parameters.flatMap(({ name }, index): readonly Found[] => {
    const path = ['spec', 'arguments', 'parameters', index]
    if (botNames.includes(name) || !isNamedLikeSecret(name)) return []
    const what = `the parameter "${name}" is named like a secret, and parameters can be read by everybody`
    return [{ path, what, cure: 'name it in the annotation onboard-bot.dev/secrets, or rename it' }]
  })

const structureFindings = ({ metadata, spec }: Workflow): readonly Found[] => {
  const entry = spec.templates.find(({ name }) => name === spec.entrypoint)
  const names = entry === undefined ? [] : stepNames(entry)
  const templates = spec.templates.map(({ name }) => name)
  const parameters = spec.arguments.parameters.map(({ name }) => name)
  const called = spec.templates.flatMap((one) => [...(one.steps?.flat() ?? []), ...(one.dag?.tasks ?? [])])
  const missing = called.filter(({ template }) => template !== undefined && !templates.includes(template))
  return [
    ...(metadata.generateName === undefined
      ? []
      : [
          {
            path: ['metadata', 'generateName'],
            what: 'generateName is not taken',
            cure: 'take it out: the bot names every workflow',
          },
        ]),
    ...(entry === undefined
      ? [
          {
            path: ['spec', 'entrypoint'],
            what: `there is no template "${spec.entrypoint}"`,
            cure: `there is: ${templates.join(', ')}`,
          },
        ]
      : []),
    ...doubled(names).map((name) => ({
      path: ['spec', 'templates'],
      what: `two steps are named "${name}"`,
      cure: 'rename one of them',
    })),
    ...doubled(templates).map((name) => ({
      path: ['spec', 'templates'],
      what: `two templates are named "${name}"`,
      cure: 'rename one of them',
    })),
    ...doubled(parameters).map((name) => ({
      path: ['spec', 'arguments', 'parameters'],
      what: `two parameters are named "${name}"`,
      cure: 'rename one of them',
    })),
    ...missing.map(({ name, template }) => ({
      path: ['spec', 'templates'],
      what: `the step "${name}" calls the template "${template}", which is not there`,
      cure: `there is: ${templates.join(', ')}`,
    })),
  ]
}

/** Everything in a workflow file that must not be run. */
export const checkWorkflow = (workflow: Workflow, source: YamlSource): readonly Finding[] => {
  const spliced = workflow.spec.templates.flatMap((one, index) =>
    splicing(rawSchema.parse(one), ['spec', 'templates', index]),
  )
  return [...structureFindings(workflow), ...parameterFindings(workflow), ...spliced].map((found) => ({
    ...found,
    line: source.lineOf(found.path),
  }))
}
