import { accessSync, constants } from 'node:fs'

import type { YamlPath } from '../templates/yaml-source.ts'
import type { ConfigFile } from './schema.ts'

const isReadable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    // Whatever the reason, the cure is the same.
    return false
  }
}

const namedIn = ({ clusters, credentials }: ConfigFile): readonly { at: YamlPath; path: string }[] => {
  const all = Object.entries(clusters).flatMap(([name, { kubernetes, argo }]) => [
    {
      at: ['clusters', name, 'kubernetes', 'kubeconfig'],
      path: 'kubeconfig' in kubernetes ? kubernetes.kubeconfig : undefined,
    },
    { at: ['clusters', name, 'argo', 'tokenFile'], path: argo.tokenFile },
    { at: ['clusters', name, 'argo', 'caFile'], path: argo.caFile },
  ])
  const directory =
    credentials !== undefined && 'directory' in credentials ? credentials.directory : undefined
  return [{ at: ['credentials', 'directory'], path: directory }, ...all].flatMap(({ at, path }) =>
    path === undefined ? [] : [{ at, path }],
  )
}

/** The files and folders that the configuration names and this process cannot read, each at its place. */
export const unreadable = (file: ConfigFile, placeOf: (path: YamlPath) => string): readonly string[] =>
  namedIn(file)
    .filter(({ path }) => !isReadable(path))
    .map(({ at, path }) => `${placeOf(at)}: "${path}" cannot be read; check the path and its rights`)
