import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { repositoryRoot } from '../../sandbox/world.ts'
import { checkValue } from '../../src/onboarding/check-value.ts'
import { helmEnvironment } from '../../src/steps/helm.ts'
import { paceEnvironment } from '../../src/steps/pace.ts'
import { steps } from '../../src/steps/run/steps.ts'
import { exitCodes, StepError } from '../../src/steps/step-error.ts'
import type { StepContext } from '../../src/steps/step.ts'
import { readTemplates } from '../../src/templates/read-templates.ts'

const variableSchema = z.strictObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .strictObject({ secretKeyRef: z.looseObject({ name: z.string(), key: z.string() }) })
    .optional(),
})
const outputSchema = z.strictObject({
  name: z.string(),
  globalName: z.string().optional(),
  valueFrom: z.strictObject({ path: z.string(), default: z.string().optional() }),
})
const workflowSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
  spec: z.object({
    entrypoint: z.string(),
    activeDeadlineSeconds: z.number(),
    arguments: z.object({
      parameters: z.array(
        z.looseObject({
          name: z.string(),
          value: z.string().optional(),
          default: z.string().optional(),
          enum: z.array(z.string()).optional(),
        }),
      ),
    }),
    templates: z.array(
      z.looseObject({
        name: z.string(),
        steps: z.array(z.array(z.looseObject({ name: z.string(), template: z.string() }))).optional(),
        outputs: z.object({ parameters: z.array(outputSchema) }).optional(),
        container: z
          .looseObject({
            command: z.array(z.string()),
            args: z.array(z.string()),
            env: z.array(variableSchema).default([]),
          })
          .optional(),
      }),
    ),
  }),
})
type Workflow = z.infer<typeof workflowSchema>
type Container = NonNullable<Workflow['spec']['templates'][number]['container']>

const templates = readdirSync(join(repositoryRoot, 'templates'))
const files = templates.flatMap((name) =>
  ['onboard.yaml', 'cleanup.yaml'].map((file) => `templates/${name}/${file}`),
)

const textOf = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8')
const workflowOf = (file: string): Workflow => workflowSchema.parse(load(textOf(file)))

const keysIn = (workflow: Workflow, annotation: string): readonly string[] =>
  Object.keys(
    z.record(z.string(), z.unknown()).parse(load(workflow.metadata.annotations[annotation] ?? '{}')),
  )

const podsOf = ({ spec }: Workflow): readonly { name: string; container: Container; outputs: string[] }[] =>
  spec.templates.flatMap(({ name, container, outputs }) =>
    container === undefined
      ? []
      : [{ name, container, outputs: outputs?.parameters.map((one) => one.name) ?? [] }],
  )

/** Names that a program reads and a template need not give: how often it looks, and how long. */
const tuning = ['HELM_TIMEOUT']

/** What a program reads of its environment, and what it says is wrong. It ends before it does anything. */
const readBy = async (
  step: string,
  given: Readonly<Record<string, string>>,
): Promise<{ read: ReadonlySet<string>; says: string }> => {
  const read = new Set<string>()
  const note = (name: string | symbol): string | undefined => {
    if (typeof name !== 'string') return undefined
    read.add(name)
    return Object.hasOwn(given, name) ? given[name] : undefined
  }
  const environment = new Proxy<Record<string, string | undefined>>(
    {},
    { get: (_, name) => note(name), has: (_, name) => note(name) !== undefined },
  )
  const context: Partial<StepContext> = {
    environment,
    log: () => undefined,
    output: () => undefined,
    signal: AbortSignal.abort(),
  }
  const error: unknown = await steps[step]?.(context as StepContext).catch((thrown: unknown) => thrown)
  return { read, says: error instanceof StepError ? error.message : '' }
}

/** The environment of a container, once for every choice that people have. */
const environmentsOf = (
  workflow: Workflow,
  { env }: Container,
): readonly Readonly<Record<string, string>>[] => {
  const { parameters } = workflow.spec.arguments
  const usual = Object.fromEntries(
    parameters.map(({ name, value, default: standard, enum: choices }) => [
      name,
      value ?? standard ?? choices?.[0] ?? 'shop',
    ]),
  )
  const chosen = parameters.flatMap(({ name, enum: choices = [] }) =>
    choices.map((choice) => ({ ...usual, [name]: choice })),
  )
  return [usual, ...chosen].map((values: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      env.map(({ name, value }) => [
        name,
        // A secret that is no good ends the program before it calls anybody.
        value?.replaceAll(/\{\{workflow\.parameters\.([^}]+)\}\}/g, (_, one: string) => values[one] ?? '') ??
          'no secret',
      ]),
    ),
  )
}

const sources = (readdirSync(join(repositoryRoot, 'src/steps'), { recursive: true }) as string[]).filter(
  (name) => name.endsWith('.ts'),
)
const outputsIn = (source: string): readonly string[] =>
  [...textOf(`src/steps/${source}`).matchAll(/\boutput\(\s*'([^']+)'/g)].map(([, name = '']) => name)

const usedIn = (file: string): readonly string[] =>
  [...textOf(file).matchAll(/\{\{workflow\.parameters\.([^}]+)\}\}/g)].map(([, name = '']) => name)

describe.each(files)('%s', (file) => {
  const workflow = workflowOf(file)
  const pods = podsOf(workflow)
  const { spec } = workflow
  const entry = spec.templates.find(({ name }) => name === spec.entrypoint)
  const planned = entry?.steps?.flat() ?? []

  it('uses every parameter that it declares, itself or in its clean-up, and no other', () => {
    const declared = spec.arguments.parameters.map(({ name }) => name)
    const used = usedIn(file)
    expect(used.filter((name) => !declared.includes(name))).toEqual([])
    const later = file.endsWith('onboard.yaml') ? usedIn(file.replace('onboard', 'cleanup')) : []
    expect(declared.filter((name) => !used.includes(name) && !later.includes(name))).toEqual([])
  })

  it('uses every key of the run Secret that it asks for, and no other', () => {
    const references = pods.flatMap(({ container }) =>
      container.env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
    )
    // An optional one is for sites that add it.
    const used = new Set(references.flatMap(({ key, optional }) => (optional === true ? [] : [key])))
    expect([...used].toSorted()).toEqual(keysIn(workflow, 'onboard-bot.dev/secrets').toSorted())
    expect(new Set(references.map(({ name }) => name)).size).toBeLessThanOrEqual(1)
    for (const { name } of references) expect(name).toBe('{{workflow.parameters.run-secret}}')
  })

  it('gives every step its program, its template and its title, each under the same name', () => {
    const names = planned.map(({ name }) => name)
    expect(planned.map(({ template }) => template)).toEqual(names)
    expect(pods.map(({ name }) => name)).toEqual(names)
    expect(pods.map(({ container }) => container.args)).toEqual(names.map((name) => [name]))
    expect(names.filter((name) => !Object.hasOwn(steps, name))).toEqual([])
    expect(keysIn(workflow, 'onboard-bot.dev/step-titles')).toEqual(names)
    for (const { container } of pods) expect(container.command).toEqual(['node', 'src/steps/run/main.ts'])
  })

  it.each(pods)(
    'gives $name every variable that its program needs, and none that it does not read',
    async ({ name, container }) => {
      const given = container.env.map((variable) => variable.name)
      const runs = await Promise.all(
        [{}, ...environmentsOf(workflow, container)].map((environment) => readBy(name, environment)),
      )
      const read = new Set(runs.flatMap((run) => [...run.read]))
      expect(given.filter((variable) => !read.has(variable))).toEqual([])
      expect([...read].filter((variable) => !given.includes(variable) && !tuning.includes(variable))).toEqual(
        [],
      )
      const wrong = runs.slice(1).filter(({ says }) => says.includes('environment is wrong'))
      expect(wrong.map(({ says }) => says)).toEqual([])
    },
  )

  it('takes every output from where its program writes it', () => {
    for (const { name, outputs } of pods) {
      const own = sources.filter((source) => source.endsWith(`${name}.ts`)).flatMap(outputsIn)
      expect([name, outputs.toSorted()]).toEqual([name, [...new Set(own)].toSorted()])
    }
    for (const { name, globalName, valueFrom } of spec.templates.flatMap(
      ({ outputs }) => outputs?.parameters ?? [],
    )) {
      expect([globalName, valueFrom.path]).toEqual([name, `/tmp/outputs/${name}`])
    }
  })
})

describe('the shipped templates together', () => {
  it('run every step program', () => {
    const used = files.flatMap((file) => podsOf(workflowOf(file)).map(({ name }) => name))
    expect(Object.keys(steps).filter((name) => !used.includes(name))).toEqual([])
  })

  it.each(templates)('%s says what remains in the last step of its clean-up', (name) => {
    const last = podsOf(workflowOf(`templates/${name}/cleanup.yaml`)).at(-1)
    expect(last?.outputs).toContain('remaining')
  })
})

it('docs/steps.md names every variable of the steps of sap-btp, and every exit code', () => {
  const text = textOf('docs/steps.md')
  const given = ['onboard', 'cleanup'].flatMap((file) =>
    podsOf(workflowOf(`templates/sap-btp/${file}.yaml`)).flatMap(({ container }) =>
      container.env.map(({ name }) => name.replace(/_CHART.*/, '_CHART…')),
    ),
  )
  const names = [...new Set([...given, ...tuning, ...Object.keys(paceEnvironment.shape)])]
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  expect(Object.values(exitCodes).filter((code) => !text.includes(`| ${code} |`))).toEqual([])
})

/** What each step of sap-btp waits for, one after another (minutes). */
const longest = (): Readonly<Record<string, number>> => {
  const ready = paceEnvironment.parse({}).READY_WITHIN_MS / 60_000
  const helm = Number.parseInt(helmEnvironment.parse({}).HELM_TIMEOUT, 10)
  return {
    // A lost answer, what makes room for it, and itself.
    'create-subaccount': ready / 3 + ready + ready,
    // A failed instance that goes, the hidden plan, the new instance, its credentials.
    'register-platform': ready + 6 + ready + ready,
    // What a killed run left, the release, the proxy with new credentials.
    'install-proxy': helm + helm + ready,
    'uninstall-proxy': helm + helm,
    // The platform that is still connected, its deletion, what a cluster that is gone made, our access.
    'unregister-platform': 2 + ready + ready + ready,
    'delete-subaccount': ready / 3 + ready,
  }
}

it('docs/steps.md says how long each step of sap-btp may take', () => {
  const rows = textOf('docs/steps.md').matchAll(/^\| `([a-z-]+)` \| (\d+) \|$/gm)
  expect(Object.fromEntries([...rows].map(([, step, minutes]) => [step, Number(minutes)]))).toEqual(longest())
})

it.each(['onboard', 'cleanup'])(
  '%s.yaml of sap-btp gives its steps all the time that they may take',
  (file) => {
    const workflow = workflowOf(`templates/sap-btp/${file}.yaml`)
    const minutes = podsOf(workflow).map(({ name }) => longest()[name] ?? Number.NaN)
    const sum = minutes.reduce((all, one) => all + one, 0)
    expect(workflow.spec.activeDeadlineSeconds).toBeGreaterThan(60 * sum)
  },
)

/** Values that the steps take, and values that they refuse; each with the step that looks at it. */
const examples: Readonly<
  Record<string, Readonly<Record<string, { step: string; good: string[]; bad: string[] }>>>
> = {
  'sap-btp': {
    'display-name': {
      step: 'create-subaccount',
      good: ['Shop', 'Laden für Ä 😀', 'x'.repeat(255), '😀'.repeat(255)],
      bad: ['a/b', '/', 'x'.repeat(256), '😀'.repeat(256)],
    },
    subdomain: {
      step: 'create-subaccount',
      good: ['shop-prod', 'Shop', '1', 'x'.repeat(63)],
      bad: ['Bad Sub', '-a', 'a-', 'ä', 'x'.repeat(64), 'x'.repeat(200)],
    },
  },
  namespace: {
    cpu: { step: 'apply-limits', good: ['4', '500m', '9999'], bad: ['lots', '0', '-1', '1.5', '4\n'] },
    memory: { step: 'apply-limits', good: ['8Gi', '512Mi', '1Ti'], bad: ['8Gb', '8', '0Gi', 'Gi'] },
    pods: { step: 'apply-limits', good: ['20', '99999'], bad: ['-1', '0', '2.5', '100000', 'x'] },
    ...Object.fromEntries(
      ['editors', 'viewers'].map((name) => [
        name,
        {
          step: 'bind-roles',
          good: ['team-a', 'team-a, user:ada@example.com', ' a ,, group:b,', 'user:user:x', 'users:x'],
          bad: ['system:masters', 'a, group:system:nodes', 'user:', 'a,user:', ':a', 'two words', 'user: a'],
        },
      ]),
    ),
  },
}

describe.each(templates)('the form of %s', (name) => {
  const template = readTemplates(join(repositoryRoot, 'templates')).find(name)
  const parameters = template?.parameters ?? []
  const workflow = workflowOf(`templates/${name}/onboard.yaml`)
  const own = examples[name] ?? {}

  it('has a pattern, and examples of it, for everything that is typed', () => {
    const typed = parameters.filter((one) => one.enum === undefined)
    expect(typed.filter(({ pattern }) => pattern === undefined)).toEqual([])
    expect(Object.keys(own)).toEqual(typed.map((one) => one.name))
  })

  const cases = Object.entries(own).flatMap(([field, { step, good, bad }]) => [
    ...good.map((value) => ({ field, step, value, isGood: true })),
    ...bad.map((value) => ({ field, step, value, isGood: false })),
  ])
  it.each(cases)('takes $value for $field exactly when $step does: $isGood', async (example) => {
    const { field, step, value, isGood } = example
    const parameter = parameters.find((one) => one.name === field)
    if (parameter === undefined) throw new Error('there is no such field')
    expect(checkValue(parameter, value) === undefined).toBe(isGood)
    const container = podsOf(workflow).find((pod) => pod.name === step)?.container
    const variable = container?.env.find((one) => one.value === `{{workflow.parameters.${field}}}`)?.name
    const [usual = {}] = container === undefined ? [] : environmentsOf(workflow, container)
    const { says } = await readBy(step, { ...usual, [variable ?? '']: value })
    expect(/environment is wrong|no name of a group|gets no role/.test(says)).toBe(!isGood)
  })

  it.each(parameters.map((one) => [one.name, one] as const))('judges any %s at once', (_, parameter) => {
    for (const part of ['a', ' ', ',', 'a,', ' ,', 'user:', 'a-', '1', 'a a']) {
      const value = `${part.repeat(3_000).slice(0, 2_999)}/`
      const began = performance.now()
      checkValue(parameter, value)
      expect(performance.now() - began).toBeLessThan(500)
    }
  })
})

const argo =
  process.env['ARGO'] ??
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'argo'))
    .find((path) => spawnSync(path, ['version', '--short']).status === 0)

describe.skipIf(argo === undefined)(
  'argo lint (needs the program argo on the PATH, or named by ARGO)',
  () => {
    it.each(files)(
      'finds nothing wrong with %s',
      (file) => {
        const ended = spawnSync(argo ?? '', ['lint', '--offline', '--no-color', file], {
          cwd: repositoryRoot,
          encoding: 'utf8',
        })
        expect([ended.status, `${ended.stdout}${ended.stderr}`]).toEqual([
          0,
          expect.stringContaining('no linting errors found'),
        ])
      },
      120_000,
    )
  },
)
