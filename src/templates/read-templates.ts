import { createHash } from 'node:crypto'
import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { dnsLabel } from '../onboarding/key.ts'
import type {
  Template,
  TemplateParameter,
  Templates,
  ValuePattern,
  WorkflowFile,
} from '../onboarding/ports/templates.ts'
import { readPatterns, readSecrets, readStepTitles } from './annotations.ts'
import { checkNames } from './check-names.ts'
import { findSplicing, type Found } from './check-splicing.ts'
import { checkWorkflow } from './check-workflow.ts'
import { cutToFit } from './cut-to-fit.ts'
import { fillManifest } from './manifest.ts'
import { humanise, planSteps } from './plan-steps.ts'
import { parseSource, pathText, withoutMeant } from './schema-findings.ts'
import { readUndoing } from './undoing.ts'
import {
  type Argument,
  botNames,
  fieldsOf,
  globalNamesOf,
  readableSchema,
  type Workflow,
  workflowSchema,
} from './workflow-schema.ts'
import { type Finding, readYaml, type YamlSource } from './yaml-source.ts'

/** The templates cannot be used. Every finding names its file and line, what is wrong, and what to do. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly findings: readonly string[]

  constructor(findings: readonly string[]) {
    super(`The templates cannot be used:\n${findings.map((finding) => `- ${finding}`).join('\n')}`)
    this.findings = findings
  }
}

interface ReadFile {
  readonly text: string
  readonly source: YamlSource
  readonly workflow: Workflow
  /** Whether every name is there that the other file may refer to. */
  readonly isWhole: boolean
  readonly file: WorkflowFile
  readonly patterns: Readonly<Record<string, ValuePattern>>
}

const told = (file: string, { line, path, what, cure }: Finding): string =>
  `${file}:${line}: ${path.length === 0 ? '' : `${pathText(path)}: `}${what}; ${cure}`

const readText = (path: string, findings: string[]): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch {
    const [what, cure] = existsSync(path)
      ? ['the file cannot be read', 'check that it is a file of UTF-8 text, and its rights']
      : ['the file is missing', 'every template has an onboard.yaml and a cleanup.yaml']
    findings.push(`${path}: ${what}; ${cure}`)
    return undefined
  }
}

/** Our annotations, by the file that they stand in. */
const annotations = {
  onboard: ['secrets', 'step-titles', 'patterns'],
  cleanup: ['secrets', 'step-titles', 'undoes', 'caveats'],
} as const

/** Where these are wrong, something has no name that others could refer to. */
const naming = new Set<PropertyKey>(['name', 'globalName', 'templates', 'spec'])

const readFile = (path: string, kind: keyof typeof annotations, findings: string[]): ReadFile | undefined => {
  const text = readText(path, findings)
  if (text === undefined) return undefined
  const source = readYaml(text)
  const { findings: wrong } = parseSource(workflowSchema, source)
  const wrongNames = wrong.filter(({ path: at }) => naming.has(at.at(-1) ?? ''))
  const read = cutToFit(readableSchema, source.draft)
  // A parameter under a wrong name is there all the same for whatever refers to it by that.
  const isWhole = read?.isWhole === true && wrongNames.every(({ path: at }) => at[1] === 'arguments')
  const fitting = read && { ...read, isWhole }
  const add = (more: readonly Finding[]): void => {
    findings.push(...more.map((finding) => told(path, finding)))
  }
  const placed = (found: readonly Found[]): readonly Finding[] =>
    found.map((one) => ({ ...one, line: source.lineOf(one.path) }))
  add(withoutMeant([...checkNames(source, annotations[kind]), ...wrong]))
  add(placed(findSplicing(source.draft, [])))
  if (fitting === undefined) return undefined
  const titles = readStepTitles(fitting, source)
  const { value: patterns, findings: wrongPatterns } = readPatterns(fitting, source)
  const workflow = fitting.value
  add([...titles.findings, ...wrongPatterns, ...readSecrets(workflow, source).findings])
  add(placed(checkWorkflow(fitting, patterns)))
  const digest = createHash('sha256').update(text).digest('hex')
  return {
    text,
    source,
    workflow,
    isWhole: isWhole && wrongNames.length === 0,
    patterns,
    file: { text, digest, steps: planSteps(workflow, titles.value) },
  }
}

// The clean-up gets what was asked and what was made, and nothing else.
const checkTwin = (onboard: ReadFile, cleanup: ReadFile, path: string): readonly string[] => {
  const given = [...botNames, ...onboard.workflow.spec.arguments.parameters.map(({ name }) => name)]
  const known = [...given, ...globalNamesOf(onboard.workflow)]
  return cleanup.workflow.spec.arguments.parameters.flatMap((parameter, index) => {
    const { name, value, default: standard } = parameter
    const line = cleanup.source.lineOf(['spec', 'arguments', 'parameters', index])
    if (!known.includes(name)) {
      const what = `the parameter "${name}" is neither one of onboard.yaml nor one of its global outputs`
      return [`${path}:${line}: ${what}; take it out, or add it there`]
    }
    if (given.includes(name) || value !== undefined || standard !== undefined) return []
    const what = `the parameter "${name}" is an output, which an onboarding that failed may not have`
    return [`${path}:${line}: ${what}; give it a default, such as ""`]
  })
}

const fieldOf = (
  { name, description, default: standard, value, enum: choices }: Argument,
  patterns: ReadFile['patterns'],
): TemplateParameter => {
  const pattern = Object.hasOwn(patterns, name) ? patterns[name] : undefined
  const initial = value ?? standard
  return {
    name,
    title: humanise(name),
    required: initial === undefined,
    ...(description !== undefined && { description }),
    ...(initial !== undefined && { default: initial }),
    ...(choices !== undefined && { enum: choices }),
    ...(pattern !== undefined && { pattern }),
  }
}

const readTemplate = (directory: string, name: string, findings: string[]): Template | undefined => {
  if (!dnsLabel.safeParse(name).success) {
    findings.push(
      `${join(directory, name)}: the folder's name is no DNS label; use lower-case letters, digits and dashes`,
    )
    return undefined
  }
  const cleanupPath = join(directory, name, 'cleanup.yaml')
  const onboard = readFile(join(directory, name, 'onboard.yaml'), 'onboard', findings)
  const cleanup = readFile(cleanupPath, 'cleanup', findings)
  if (onboard === undefined || cleanup === undefined) return undefined
  if (!onboard.isWhole || !cleanup.isWhole) return undefined
  const { undoes, caveats, findings: wrong } = readUndoing(cleanup, onboard.workflow)
  findings.push(
    ...checkTwin(onboard, cleanup, cleanupPath),
    ...wrong.map((finding) => told(cleanupPath, finding)),
  )
  const titles = onboard.workflow.metadata.annotations ?? {}
  const namespacePattern = onboard.patterns['namespace']
  return {
    name,
    title: titles['workflows.argoproj.io/title']?.trim() ?? humanise(name),
    description: titles['workflows.argoproj.io/description']?.trim() ?? '',
    parameters: fieldsOf(onboard.workflow).map((one) => fieldOf(one, onboard.patterns)),
    ...(namespacePattern !== undefined && { namespacePattern }),
    onboard: onboard.file,
    cleanup: { ...cleanup.file, undoes, caveats },
  }
}

/** Whether it may be a template: a folder, or a link to one. A link to nothing is named when it is read. */
const isFolder = (directory: string, entry: Dirent): boolean => {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  try {
    return statSync(join(directory, entry.name)).isDirectory()
  } catch {
    return true
  }
}

/** The templates of the directory, unread; undefined where it cannot be looked into. */
export const templateNames = (directory: string): readonly string[] | undefined => {
  try {
    return (
      readdirSync(directory, { withFileTypes: true })
        // A mounted ConfigMap keeps its own beside the links, under names with a dot.
        .filter((entry) => !entry.name.startsWith('.') && isFolder(directory, entry))
        .map(({ name }) => name)
        .toSorted()
    )
  } catch {
    // Whatever the reason, the cure is the same.
    return undefined
  }
}

/** The names of the secrets that the steps of a template need, as far as its files can be read. */
export const secretsNeeded = (directory: string, name: string): readonly string[] => {
  // Anything else could lead out of the folder.
  if (!dnsLabel.safeParse(name).success) return []
  const names = ['onboard.yaml', 'cleanup.yaml'].flatMap((file) => {
    const source = readYaml(readText(join(directory, name, file), []) ?? '')
    const workflow = cutToFit(readableSchema, source.draft)?.value
    return workflow === undefined ? [] : Object.keys(readSecrets(workflow, source).value)
  })
  return [...new Set(names)]
}

/** Reads every folder of the directory as a template. Throws TemplateError with every finding. */
export const readTemplates = (directory: string): Templates => {
  const findings: string[] = []
  const names = templateNames(directory)
  if (names === undefined) {
    const what = 'the folder of the templates cannot be read; check the path in TEMPLATES_DIR, and its rights'
    throw new TemplateError([`${directory}: ${what}`])
  }
  const all = names.flatMap((name) => readTemplate(directory, name, findings) ?? [])
  if (names.length === 0)
    findings.push(`${directory}: there is no template; add a folder with onboard.yaml and cleanup.yaml`)
  if (findings.length > 0) throw new TemplateError(findings)
  return {
    all,
    find: (name) => all.find((template) => template.name === name),
    manifest: fillManifest,
    secretsOf: (text) => {
      const source = readYaml(text)
      return readSecrets(workflowSchema.parse(source.value), source).value
    },
  }
}
