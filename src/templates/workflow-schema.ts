import { z } from 'zod'

import { missing } from './schema-findings.ts'

// Argo turns numbers and booleans into text as JSON spells them (AnyString); so do we.
const text = z
  .union(
    [z.string(), z.number(), z.boolean()],
    'has to be text, a number or true or false; write one of these',
  )
  .transform(String)

/** Argo's own rule for the names of parameters (workflow/validate). */
const parameterName = z
  .string(missing('write "name: …"'))
  .regex(/^[-_a-zA-Z0-9]{1,128}$/, 'is no name for Argo; use at most 128 letters, digits, - and _')
/** Argo's own rule for the names of templates, steps and tasks. */
const argoName = z
  .string(missing('write "name: …"'))
  .regex(
    /^[a-zA-Z0-9][-a-zA-Z0-9]{0,127}$/,
    'is no name for Argo; use at most 128 letters, digits and dashes',
  )

const argumentSchema = z.looseObject({
  name: parameterName,
  value: text.exactOptional(),
  default: text.exactOptional(),
  // A select in Slack takes 100 options of 75 characters each (Block Kit: option object).
  enum: z
    .array(text.pipe(z.string().min(1).max(75)))
    .min(1)
    .max(100)
    .exactOptional(),
  // The longest hint of an input block is 2,000 characters.
  description: z.string().max(2_000).exactOptional(),
  valueFrom: z.unknown().exactOptional(),
})

/** The templates of a workflow, by Argo's rules for names or by none. */
const templateOf = (ofArgo: z.ZodType<string>, ofParameter: z.ZodType<string>) => {
  const call = z.looseObject({
    name: ofArgo,
    template: ofArgo.exactOptional(),
    templateRef: z.unknown().exactOptional(),
  })
  // Argo takes 200 tasks at most (its schema in 4.0).
  const task = call.extend({
    depends: z.string().exactOptional(),
    dependencies: z.array(z.string()).exactOptional(),
  })
  const inputs = z.looseObject({
    parameters: z.array(z.looseObject({ name: ofParameter })).exactOptional(),
  })
  const outputs = z.looseObject({
    parameters: z
      .array(z.looseObject({ name: ofParameter, globalName: ofParameter.exactOptional() }))
      .exactOptional(),
  })
  return z.looseObject({
    name: ofArgo,
    steps: z
      .array(
        z.union(
          [z.array(call), call.transform((only) => [only])],
          'has to be a list of steps; write "- - name: ..."',
        ),
      )
      .exactOptional(),
    dag: z.looseObject({ tasks: z.array(task).min(1).max(200) }).exactOptional(),
    inputs: inputs.exactOptional(),
    outputs: outputs.exactOptional(),
  })
}

const template = templateOf(argoName, parameterName)

const strings = z.record(z.string(), z.string())

// Slack's views take 100 blocks; more than 50 questions are no form.
const argumentsOf = <Of extends z.ZodType>(argument: Of, most: number) =>
  z.looseObject({ parameters: z.array(argument).max(most).default([]) }).default({ parameters: [] })

/** What the bot needs of an Argo Workflow; the rest is Argo's to judge and stays as it is. */
export const workflowSchema = z.looseObject({
  apiVersion: z.literal('argoproj.io/v1alpha1'),
  kind: z.literal('Workflow'),
  metadata: z
    .looseObject({
      generateName: z.unknown().exactOptional(),
      labels: strings.exactOptional(),
      annotations: strings.exactOptional(),
    })
    .default({}),
  spec: z.looseObject({
    entrypoint: z.string(missing('write the name of the template to begin with, such as "entrypoint: main"')),
    workflowTemplateRef: z.unknown().exactOptional(),
    arguments: argumentsOf(argumentSchema, 50),
    templates: z
      .array(template, missing('write the templates of the workflow below it, each with "- name: …"'))
      .min(1),
  }),
})

const anyName = z.string()

/** The same with what may be wrong while the rest can be judged all the same, so that all mistakes are named at once. */
export const readableSchema = workflowSchema.extend({
  apiVersion: z.unknown().optional(),
  kind: z.unknown().optional(),
  spec: workflowSchema.shape.spec
    .extend({
      entrypoint: z.string().optional(),
      arguments: argumentsOf(argumentSchema.extend({ name: anyName }), Infinity),
      templates: z.array(templateOf(anyName, anyName)).default([]),
    })
    .prefault({}),
})

export type Workflow = z.output<typeof readableSchema>
export type WorkflowTemplate = z.output<typeof template>
export type Argument = z.output<typeof argumentSchema>

/** What the bot fills in by itself; never a field of a form. */
export const botNames: readonly string[] = [
  'cluster',
  'namespace',
  'run-secret',
  'onboarding-id',
  'steps-image',
]

/** The parameters that people fill in. */
export const fieldsOf = ({ spec }: Workflow): readonly Argument[] =>
  spec.arguments.parameters.filter(({ name }) => !botNames.includes(name))

/** The names under which the workflow's steps set global outputs. */
export const globalNamesOf = ({ spec }: Workflow): readonly string[] =>
  spec.templates.flatMap(
    ({ outputs: own }) => own?.parameters?.flatMap(({ globalName }) => globalName ?? []) ?? [],
  )
