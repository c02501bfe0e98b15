import { cureForName } from '../nearest-name.ts'
import { checkValue } from '../onboarding/check-value.ts'
import type { ValuePattern } from '../onboarding/ports/templates.ts'
import type { Found } from './check-splicing.ts'
import { findUnknownVariables } from './check-variables.ts'
import type { Fitting } from './cut-to-fit.ts'
import { isNamedLikeSecret } from './looks-secret.ts'
import { stepNames } from './plan-steps.ts'
import type { Argument, Workflow, WorkflowTemplate } from './workflow-schema.ts'
import { botNames } from './workflow-schema.ts'
import type { YamlPath } from './yaml-source.ts'

interface Named {
  readonly name: string
  readonly path: YamlPath
}

/** Each name that stands there for a second time. */
const doubled = (named: readonly Named[], kind: string): readonly Found[] =>
  named
    .filter(({ name }, index) => named.findIndex((one) => one.name === name) < index)
    .map(({ name, path }) => ({ path, what: `two ${kind} are named "${name}"`, cure: 'rename one of them' }))

const secretName = (kind: string, { name, path }: Named): readonly Found[] => {
  if (!isNamedLikeSecret(name)) return []
  const what = `the ${kind} "${name}" is named like a secret, and ${kind}s can be read by everybody`
  const cure =
    kind === 'parameter'
      ? 'name it in the annotation onboard-bot.dev/secrets, or rename it'
      : 'keep it in a Secret, or rename it'
  return [{ path, what, cure }]
}

const asCure = (sentence: string): string =>
  `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`

/** What the form itself offers has to be something that the form takes. */
const offered = (
  { name, value, default: standard, enum: choices }: Argument,
  { path, pattern }: { path: YamlPath; pattern: ValuePattern | undefined },
): readonly Found[] => {
  const parameter = { name, title: name, required: false, ...(pattern !== undefined && { pattern }) }
  const wrong = (text: string, at: string): readonly Found[] => {
    const problem = checkValue({ ...parameter, ...(choices !== undefined && { enum: choices }) }, text)
    return problem === undefined
      ? []
      : [
          {
            path: [...path, at],
            what: `the form would refuse "${text.slice(0, 60)}" for "${name}"`,
            cure: asCure(problem),
          },
        ]
  }
  const listed = (choices ?? []).flatMap((choice) => wrong(choice, 'enum'))
  if (value !== undefined) return [...listed, ...wrong(value, 'value')]
  return standard === undefined ? listed : [...listed, ...wrong(standard, 'default')]
}

type Patterns = Readonly<Record<string, ValuePattern>>

const parameterFindings = ({ spec }: Workflow, patterns: Patterns): readonly Found[] => {
  const path = ['spec', 'arguments', 'parameters']
  const all = spec.arguments.parameters.map((one, index) => ({ ...one, path: [...path, index] }))
  const asked = all.filter(({ name }) => !botNames.includes(name))
  return [
    ...doubled(all, 'parameters'),
    ...asked.flatMap((one) => {
      const pattern = Object.hasOwn(patterns, one.name) ? patterns[one.name] : undefined
      return [...secretName('parameter', one), ...offered(one, { path: one.path, pattern })]
    }),
  ]
}

const outputFindings = ({ outputs }: WorkflowTemplate, path: YamlPath): readonly Found[] =>
  (outputs?.parameters ?? []).flatMap(({ name, globalName = name }, index) =>
    secretName('output', { name: globalName, path: [...path, 'outputs', 'parameters', index] }),
  )

/** The steps or tasks of a template, each with its place. */
const callsIn = (
  { steps, dag }: WorkflowTemplate,
  path: YamlPath,
): readonly (Named & { template?: string })[] => [
  ...(steps ?? []).flatMap((group, row) =>
    group.map((one, index) => ({ ...one, path: [...path, 'steps', row, index] })),
  ),
  ...(dag?.tasks ?? []).map((one, index) => ({ ...one, path: [...path, 'dag', 'tasks', index] })),
]

const entryFindings = ({ spec }: Workflow, templates: readonly string[]): readonly Found[] => {
  const path = ['spec', 'entrypoint']
  if (spec.entrypoint === undefined || spec.templates.length === 0) return []
  const entry = spec.templates.find(({ name }) => name === spec.entrypoint)
  if (entry === undefined)
    return [
      {
        path,
        what: `there is no template "${spec.entrypoint}"`,
        cure: cureForName(spec.entrypoint, templates),
      },
    ]
  if (stepNames(entry).length > 0) return []
  const what = `the template "${spec.entrypoint}" has no steps, so nobody could see how far it is`
  return [{ path, what, cure: 'begin with a template of "steps" or of a "dag"' }]
}

type Placed = WorkflowTemplate & { readonly path: YamlPath }

const placedTemplates = ({ spec }: Workflow): readonly Placed[] =>
  spec.templates.map((one, index) => ({ ...one, path: ['spec', 'templates', index] }))

const templateFindings = (templates: readonly Placed[]): readonly Found[] => [
  ...doubled(templates, 'templates'),
  ...templates.flatMap((one) => [
    ...doubled(callsIn(one, one.path), 'steps'),
    ...outputFindings(one, one.path),
  ]),
]

/** What refers to a name that is not there. */
const danglingFindings = (workflow: Workflow, templates: readonly Placed[]): readonly Found[] => {
  const names = templates.map(({ name }) => name)
  const calls = templates.flatMap((one) => callsIn(one, one.path))
  return [
    ...entryFindings(workflow, names),
    ...calls.flatMap(({ name, template, path }) => {
      if (template === undefined || names.includes(template)) return []
      const what = `the step "${name}" calls the template "${template}", which is not there`
      return [{ path, what, cure: cureForName(template, names) }]
    }),
    ...findUnknownVariables(workflow),
  ]
}

const generateName = ({ metadata }: Workflow): readonly Found[] =>
  metadata.generateName === undefined
    ? []
    : [
        {
          path: ['metadata', 'generateName'],
          what: 'generateName is not taken',
          cure: 'take it out: the bot names every workflow',
        },
      ]

/** Everything in a workflow file that must not be run. */
export const checkWorkflow = (
  { value: workflow, pathOf, isWhole }: Fitting<Workflow>,
  patterns: Patterns,
): readonly Found[] => {
  const templates = placedTemplates(workflow)
  const found = [
    ...generateName(workflow),
    ...parameterFindings(workflow, patterns),
    ...templateFindings(templates),
    ...(isWhole ? danglingFindings(workflow, templates) : []),
  ]
  return found.map((one) => ({ ...one, path: pathOf(one.path) }))
}
