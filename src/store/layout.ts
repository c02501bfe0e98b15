import { join } from 'node:path'

import type { Key } from '../onboarding/key.ts'
import { keySchema } from '../onboarding/key.ts'

/** Where everything is in the data folder. Names are made of DNS labels only, which is checked before a path is made. */
export interface Layout {
  readonly active: (key: Key) => string
  readonly done: (key: Key) => string
  /** An older generation. */
  readonly older: (key: Key, generation: number) => string
  readonly file: (digest: string) => string
  readonly settled: string
  readonly folders: {
    readonly active: string
    readonly done: string
    readonly templates: string
    readonly quarantine: string
  }
  readonly doneOf: (cluster: string) => string
}

const nameOf = (key: Key): string => {
  const { cluster, namespace, template } = keySchema.parse(key)
  return `${cluster}.${namespace}.${template}`
}

const digestShape = /^[a-z0-9-]+$/

export const createLayout = (directory: string): Layout => {
  const folders = {
    active: join(directory, 'active'),
    done: join(directory, 'done'),
    templates: join(directory, 'templates'),
    quarantine: join(directory, 'quarantine'),
  }
  const doneOf = (cluster: string): string => join(folders.done, cluster)
  return {
    folders,
    doneOf,
    active: (key) => join(folders.active, `${nameOf(key)}.json`),
    done: (key) => join(doneOf(key.cluster), `${nameOf(key)}.json`),
    older: (key, generation) => join(doneOf(key.cluster), `${nameOf(key)}.g${generation}.json`),
    file: (digest) => {
      if (!digestShape.test(digest)) throw new Error(`"${digest}" is no digest`)
      return join(folders.templates, digest)
    },
    settled: join(directory, 'settled.json'),
  }
}
