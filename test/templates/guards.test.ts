import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { repositoryRoot } from '../../sandbox/world.ts'

const folder = join(repositoryRoot, 'templates')
const files = readdirSync(folder).flatMap((name) => [`${name}/onboard.yaml`, `${name}/cleanup.yaml`])

const workflowSchema = z.looseObject({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    arguments: z.object({ parameters: z.array(z.looseObject({ name: z.string() })) }),
    templates: z.array(z.looseObject({ name: z.string(), container: z.looseObject({}).optional() })),
  }),
})

/** Names that the bot fills in: nobody reads a hint to them. */
const filledIn = ['cluster', 'namespace', 'run-secret', 'onboarding-id', 'steps-image']

/** Longer than any step's own deadline, so that the step can say why it ended (seconds). */
const atLeast = 900

describe.each(files)('templates/%s', (file) => {
  const { metadata, spec } = workflowSchema.parse(load(readFileSync(join(folder, file), 'utf8')))
  const pods = spec.templates.filter(({ container }) => container !== undefined)

  it('ends by itself, can be read for a day after it has, and works alone on its namespace', () => {
    expect(spec).toMatchObject({
      activeDeadlineSeconds: expect.any(Number) as number,
      podGC: { strategy: 'OnWorkflowSuccess' },
      ttlStrategy: { secondsAfterCompletion: expect.any(Number) as number },
      synchronization: { mutexes: [{ name: 'onboard-{{workflow.parameters.namespace}}' }] },
    })
    const read = z.object({
      activeDeadlineSeconds: z.number().min(atLeast),
      ttlStrategy: z.object({ secondsAfterCompletion: z.number().min(86_400) }),
    })
    expect(read.safeParse(spec).error).toBeUndefined()
  })

  it('tells people what it is, and what each value is for', () => {
    for (const name of ['title', 'description'])
      expect(metadata.annotations[`workflows.argoproj.io/${name}`]).toMatch(/\w/)
    if (file.endsWith('cleanup.yaml')) return
    const asked = spec.arguments.parameters.filter(({ name }) => !filledIn.includes(name))
    expect(asked.filter(({ description }) => typeof description !== 'string')).toEqual([])
  })

  it('runs every pod without rights on its node', () => {
    expect(spec).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    })
    for (const { container } of pods)
      expect(container).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      })
  })

  it.each(pods)('gives $name its share of a node, and starts it again only when its pod was lost', (pod) => {
    expect(pod).toMatchObject({
      retryStrategy: { limit: expect.any(Number) as number, retryPolicy: 'OnError' },
      container: {
        resources: {
          requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
          limits: { memory: expect.any(String) as string },
        },
      },
    })
  })
})
