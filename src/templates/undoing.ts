import { z } from 'zod'

import type { Caveat, CleanupFile } from '../onboarding/ports/templates.ts'
import { readAnnotation } from './annotations.ts'
import { stepNames } from './plan-steps.ts'
import type { Workflow } from './workflow-schema.ts'
import type { Finding, YamlSource } from './yaml-source.ts'

const undoesAnnotation = 'onboard-bot.dev/undoes'
const caveatsAnnotation = 'onboard-bot.dev/caveats'

// Three of them and the rest of the sentence fit into a confirm dialog of Slack, which takes 300.
const sentence = z.string().min(1).max(100)

const namesIn = ({ spec }: Workflow): readonly string[] => {
  const entry = spec.templates.find(({ name }) => name === spec.entrypoint)
  return entry === undefined ? [] : stepNames(entry)
}

const oneOf = (names: readonly string[], what: string): z.ZodType<string> =>
  z.string().refine((name) => names.includes(name), { message: `${what}; there is: ${names.join(', ')}` })

// A workflow whose entry point is wrong, which is named elsewhere, has no steps to be held to.
const stepOf = (workflow: Workflow, what: string): z.ZodType<string> => {
  const names = namesIn(workflow)
  return names.length === 0 ? z.string() : oneOf(names, what)
}

const caveatsSchema = ({ spec }: Workflow): z.ZodType<Readonly<Record<string, Record<string, string>>>> => {
  const { parameters } = spec.arguments
  const parameter = oneOf(
    parameters.map(({ name }) => name),
    'is no parameter of the clean-up',
  )
  const said = z.record(z.string(), sentence)
  return z.record(parameter, said).superRefine((all, context) => {
    for (const [name, says] of Object.entries(all)) {
      const choices = parameters.find((one) => one.name === name)?.enum
      const unknown = Object.keys(says).filter((value) => choices?.includes(value) === false)
      for (const value of unknown) {
        const message = `is no choice of "${name}"; there is: ${choices?.join(', ')}`
        context.addIssue({ code: 'custom', path: [name, value], message })
      }
    }
  })
}

const caveatsIn = (
  { spec }: Workflow,
  all: Readonly<Record<string, Readonly<Record<string, string>>>>,
): readonly Caveat[] =>
  Object.entries(all).flatMap(([parameter, said]) => {
    const { value: standard, default: other } =
      spec.arguments.parameters.find(({ name }) => name === parameter) ?? {}
    return Object.entries(said).map(([value, says]) => ({
      parameter,
      value,
      says,
      isDefault: value === (standard ?? other),
    }))
  })

/** Whose work each step of a clean-up undoes, and what is to be said of values that change what it undoes. */
export const readUndoing = (
  { workflow, source }: { workflow: Workflow; source: YamlSource },
  onboard: Workflow,
): Required<Pick<CleanupFile, 'undoes' | 'caveats'>> & { readonly findings: readonly Finding[] } => {
  const step = stepOf(workflow, 'is no step')
  const undone = stepOf(onboard, 'is no step of onboard.yaml')
  const undoes = readAnnotation(z.record(step, undone), { workflow, source, name: undoesAnnotation })
  const caveats = readAnnotation(caveatsSchema(workflow), { workflow, source, name: caveatsAnnotation })
  return {
    undoes: undoes.value,
    caveats: caveatsIn(workflow, caveats.value),
    findings: [...undoes.findings, ...caveats.findings],
  }
}
