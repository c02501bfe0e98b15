import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { load } from 'js-yaml'
import { z } from 'zod'

import { createChildProcessRunner } from '../../sandbox/argo/child-process-runner.ts'
import type { PodResult } from '../../sandbox/argo/step-runner.ts'
import { repositoryRoot } from '../../sandbox/world.ts'
import { onboardingIdOf, type Settings } from './settings.ts'

const workflowSchema = z.object({
  spec: z.object({
    arguments: z.object({
      parameters: z.array(
        z.object({ name: z.string(), value: z.string().optional(), default: z.string().optional() }),
      ),
    }),
    templates: z.array(
      z.object({
        name: z.string(),
        container: z
          .object({
            command: z.array(z.string()),
            args: z.array(z.string()),
            env: z.array(
              z.object({
                name: z.string(),
                value: z.string().optional(),
                valueFrom: z
                  .object({ secretKeyRef: z.object({ key: z.string(), optional: z.boolean().optional() }) })
                  .optional(),
              }),
            ),
          })
          .optional(),
        outputs: z
          .object({
            parameters: z.array(z.object({ name: z.string(), valueFrom: z.object({ path: z.string() }) })),
          })
          .optional(),
      }),
    ),
  }),
})

/** One file of the template, run step by step on this machine as Argo runs it in pods. */
export class TemplateRun {
  readonly steps: readonly string[]
  /** What the steps said of what exists. */
  readonly outputs: Record<string, string> = {}
  readonly #settings: Settings
  readonly #workflow: z.infer<typeof workflowSchema>
  readonly #secrets: Readonly<Record<string, string>>

  constructor(file: 'onboard' | 'cleanup', settings: Settings) {
    const path = join(repositoryRoot, 'templates/sap-btp', `${file}.yaml`)
    this.#settings = settings
    this.#workflow = workflowSchema.parse(load(readFileSync(path, 'utf8')))
    this.#secrets = { cis: readFileSync(settings.key, 'utf8') }
    this.steps = this.#workflow.spec.templates.flatMap(({ name, container }) =>
      container === undefined ? [] : [name],
    )
  }

  /** Runs one step to its end. `known` are outputs of an earlier run. */
  async run(step: string, known: Readonly<Record<string, string>> = {}): Promise<PodResult> {
    const template = this.#workflow.spec.templates.find(({ name }) => name === step)
    const container = template?.container
    if (container === undefined) throw new Error(`there is no step ${step}`)
    const runner = createChildProcessRunner({
      repositoryRoot,
      environment: () => ({ ...definedIn(process.env), KUBECONFIG: this.#settings.kubeconfig }),
    })
    const outputs = template?.outputs?.parameters ?? []
    const env = container.env.flatMap(({ name, value, valueFrom }) => {
      const given = valueFrom === undefined ? value : this.#secrets[valueFrom.secretKeyRef.key]
      return given === undefined ? [] : [[name, this.#filled(given, known)]]
    })
    const pod = {
      ...container,
      image: 'none: it runs on this machine',
      env: Object.fromEntries(env),
      templateName: step,
      workflow: { name: 'acceptance', namespace: this.#settings.namespace },
      outputPaths: outputs.map(({ valueFrom }) => valueFrom.path),
    }
    const ended = await runner.run(pod, new AbortController().signal)
    for (const { name, valueFrom } of outputs) {
      const value = ended.outputs[valueFrom.path]
      if (value !== undefined) this.outputs[name] = value
    }
    return ended
  }

  #filled(text: string, known: Readonly<Record<string, string>>): string {
    const { cluster, namespace, parameters } = this.#settings
    const defaults = this.#workflow.spec.arguments.parameters.map((one) => [
      one.name,
      one.value ?? one.default ?? '',
    ])
    const values: Record<string, string> = {
      ...Object.fromEntries(defaults),
      ...parameters,
      // An input is an output of an earlier step under the same name.
      ...known,
      cluster,
      namespace,
      'onboarding-id': onboardingIdOf(this.#settings),
    }
    return text.replaceAll(
      /\{\{(?:workflow|inputs)\.parameters\.([^}]+)\}\}/g,
      (_, name: string) => values[name] ?? '',
    )
  }
}

const definedIn = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
