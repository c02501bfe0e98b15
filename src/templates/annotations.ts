import { z } from 'zod'

import type { SecretReference } from '../onboarding/ports/credentials.ts'
import type { ValuePattern } from '../onboarding/ports/templates.ts'
import { cutToFit, type Fitting } from './cut-to-fit.ts'
import { stepNames } from './plan-steps.ts'
import { missing, parseSource, strict } from './schema-findings.ts'
import { fieldsOf, type Workflow } from './workflow-schema.ts'
import { type Finding, readYaml, type YamlPath, type YamlSource } from './yaml-source.ts'

const secretsAnnotation = 'onboard-bot.dev/secrets'
const stepTitlesAnnotation = 'onboard-bot.dev/step-titles'
const patternsAnnotation = 'onboard-bot.dev/patterns'

/** Kubernetes' rule for the keys of a Secret's data (IsConfigMapKey). */
const secretKey = z
  .string()
  .regex(
    /^(?!\.\.?$)[-._a-zA-Z0-9]{1,253}$/,
    'has to be the key of a Secret; use letters, digits, dots, dashes and underscores',
  )

/** Where a source keeps it. No part may begin with a dot: paths become URLs and file names. */
const sourcePath = z
  .string(missing('write where the source keeps it, such as "path: btp/cis"'))
  .regex(
    /^(?!\.)(?:[-._a-zA-Z0-9]|\{(?:cluster|namespace|template)\}|\/(?![/.]|$))+$/,
    'has to be a path; write names with / between them, where {cluster}, {namespace} and {template} stand for the key',
  )

const reference = strict({ path: sourcePath.max(500), key: z.string().min(1).max(500).exactOptional() })
const secretsSchema = z.record(secretKey, reference)
// Slack shows a task's title in one line; 150 characters are more than it shows.
const stepTitle = z.string().min(1).max(150)

const valuePattern = strict({
  pattern: z
    .string(missing('write the regular expression that a value has to match'))
    .min(1)
    .max(500)
    .superRefine((pattern, context) => {
      try {
        // By itself: what closes our own brackets would get around them.
        RegExp(pattern, 'u')
      } catch (error) {
        const why = error instanceof Error ? error.message : ''
        context.addIssue({ code: 'custom', message: `is no regular expression of JavaScript (${why})` })
      }
    }),
  says: z.string(missing('write the sentence that is shown at the field')).min(1).max(200),
})

interface Annotation<Value> {
  readonly value: Value
  readonly findings: readonly Finding[]
}

/** Reads an annotation whose text is a YAML map; findings have their line in the file. */
export const readAnnotation = <Value>(
  schema: z.ZodType<Readonly<Record<string, Value>>>,
  { workflow, source, name }: { workflow: Workflow; source: YamlSource; name: string },
): Annotation<Readonly<Record<string, Value>>> => {
  const text = workflow.metadata.annotations?.[name]
  if (text === undefined || text.trim() === '') return { value: {}, findings: [] }
  const path: YamlPath = ['metadata', 'annotations', name]
  const read = readYaml(text)
  const { findings, value = cutToFit(schema, read.draft)?.value ?? {} } = parseSource(schema, read)
  // The text of a block begins on the line below its name.
  const line = source.lineOf(path) + (text.includes('\n') ? 0 : -1)
  const moved = findings.map((finding) => ({
    ...finding,
    line: line + finding.line,
    path: [...path, ...finding.path],
  }))
  return { value, findings: moved }
}

/** The secrets that a workflow asks for: key of the run Secret -> where the source keeps the value. */
export const readSecrets = (
  workflow: Workflow,
  source: YamlSource,
): Annotation<Readonly<Record<string, SecretReference>>> =>
  readAnnotation(secretsSchema, { workflow, source, name: secretsAnnotation })

type Read = Pick<Fitting<Workflow>, 'value' | 'isWhole'>

/** What steps are called for people: name of the step -> title. */
export const readStepTitles = (
  { value: workflow, isWhole }: Read,
  source: YamlSource,
): Annotation<Readonly<Record<string, string>>> => {
  const entry = workflow.spec.templates.find(({ name }) => name === workflow.spec.entrypoint)
  const names = entry === undefined || !isWhole ? [] : stepNames(entry)
  // Without all steps there is nothing to hold the names against; that is named elsewhere.
  const step = z.string().refine((name) => names.length === 0 || names.includes(name), {
    message: `is no step; there is: ${names.join(', ')}`,
  })
  return readAnnotation(z.record(step, stepTitle), { workflow, source, name: stepTitlesAnnotation })
}

/** What the values of parameters have to match: name of the parameter -> pattern, and what is said of one that does not. */
export const readPatterns = (
  { value: workflow, isWhole }: Read,
  source: YamlSource,
): Annotation<Readonly<Record<string, ValuePattern>>> => {
  // The namespace is a field of every form.
  const names = ['namespace', ...fieldsOf(workflow).map(({ name }) => name)]
  const field = z.string().refine((name) => !isWhole || names.includes(name), {
    message: `is no parameter that people fill in; there is: ${names.join(', ')}`,
  })
  return readAnnotation(z.record(field, valuePattern), { workflow, source, name: patternsAnnotation })
}
