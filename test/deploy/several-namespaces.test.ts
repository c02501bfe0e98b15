import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { loadAll } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { repositoryRoot } from '../../sandbox/world.ts'
import { apply, type GrantFile, grantFiles } from '../../src/cli/doctor/grants.ts'

const folder = join(repositoryRoot, 'deploy/target-cluster')
const files = readdirSync(folder)

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  subjects: z.array(z.object({ name: z.string(), namespace: z.string().optional() })).default([]),
})
type Applied = z.infer<typeof objectSchema>

const source = (file: string): string => readFileSync(join(folder, file), 'utf8')

/** What Kubernetes keeps under one name, as the documented command puts it there. */
const appliedTo = (namespace: string, file: string): ReadonlyMap<string, Applied> =>
  new Map(
    loadAll(source(file).replaceAll('shared', namespace)).map((document) => {
      const object = objectSchema.parse(document)
      const place = object.kind.startsWith('Cluster') ? '' : namespace
      return [[object.kind, place, object.metadata.name].join('/'), object]
    }),
  )

describe.each(files)('%s, applied in two namespaces of a cluster,', (file) => {
  const one = appliedTo('team-a', file)
  const other = appliedTo('team-b', file)

  it('changes nothing in the first when it is applied in the second', () => {
    for (const [key, object] of one) expect(other.get(key) ?? object).toEqual(object)
  })

  it('gives rights only to the ServiceAccounts of the namespace that it is applied in', () => {
    const subjects = [...one.values()].flatMap((object) => object.subjects)
    expect(subjects.map(({ namespace = 'team-a' }) => namespace)).toEqual(subjects.map(() => 'team-a'))
  })
})

const wide = files.filter((file) => source(file).includes('ClusterRoleBinding'))

it.each(wide)('%s says by which command it is applied in another namespace', (file) => {
  expect(source(file)).toContain(`sed 's/shared/NAMESPACE/' deploy/target-cluster/${file} | kubectl apply `)
})

it('doctor names that command wherever a file binds in the whole cluster, and the plain one elsewhere', () => {
  const commands = Object.values<GrantFile>(grantFiles).map(
    (file) => [`${file.name}.yaml`, apply(file, 'team-a')] as const,
  )
  for (const [file, command] of commands) {
    expect(command.startsWith("sed 's/shared/team-a/' ")).toBe(wide.includes(file))
  }
})
