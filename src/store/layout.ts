import { join } from 'node:path'

import { type Key, keySchema, parseKey } from '../onboarding/key.ts'

/** Where everything is in the data folder. Names are made of DNS labels only, which is checked before a path is made. */
export interface Layout {
  readonly directory: string
  readonly active: (key: Key) => string
  readonly done: (key: Key) => string
  /** An older generation. */
  readonly older: (key: Key, generation: number) => string
  /** A workflow file. */
  readonly file: (digest: string) => string
  readonly settled: string
  readonly folders: {
    readonly active: string
    readonly done: string
    readonly templates: string
    readonly quarantine: string
    /** What is still being written: one folder, so that the start finds leftovers without looking through the rest. */
    readonly temporary: string
  }
}

const nameOf = (key: Key): string => {
  const { cluster, namespace, template } = keySchema.parse(key)
  return `${cluster}.${namespace}.${template}`
}

/** The key that a document's file name, or what follows it in quarantine, stands for; undefined when it is none. */
export const keyOfFile = (name: string): Key | undefined => {
  const [cluster, namespace, template, suffix] = name.split('.')
  return suffix === 'json' ? parseKey(`${cluster}/${namespace}/${template}`) : undefined
}

/** Whether a name in `done` is that of a cluster's folder: a volume may hold others of its own. */
export const isOfCluster = (name: string): boolean => keySchema.shape.cluster.safeParse(name).success

const digestShape = /^[a-z0-9-]+$/

export const createLayout = (directory: string): Layout => {
  const folders = {
    active: join(directory, 'active'),
    done: join(directory, 'done'),
    templates: join(directory, 'templates'),
    quarantine: join(directory, 'quarantine'),
    temporary: join(directory, 'tmp'),
  }
  const doneOf = (cluster: string): string => join(folders.done, cluster)
  return {
    directory,
    folders,
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
