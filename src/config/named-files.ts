import { accessSync, constants, readFileSync, statSync } from 'node:fs'

import { caMistake } from '../network/ca-certificates.ts'
import type { YamlPath } from '../templates/yaml-source.ts'
import { right, type wrong } from './judge.ts'
import { clustersIn, offersIn, type RightParts } from './right-parts.ts'

type Kind = 'file' | 'folder'

const mistakeAt = (path: string, kind: Kind): string | undefined => {
  try {
    accessSync(path, constants.R_OK)
    if (statSync(path).isDirectory() === (kind === 'folder')) return undefined
    return kind === 'file' ? 'is a folder; give the path of a file' : 'is a file; give the path of a folder'
  } catch {
    // Whatever the reason, the cure is the same.
    return 'cannot be read; check the path and its rights'
  }
}

type Said = RightParts['credentials']

interface PlacedCredentials {
  readonly at: YamlPath
  readonly credentials: Exclude<Said, undefined | typeof wrong>
}

const placed = (at: YamlPath, said: Said): readonly PlacedCredentials[] => {
  const credentials = right(said)
  return credentials === undefined ? [] : [{ at: [...at, 'credentials'], credentials }]
}

/** Every place of the file that says where secrets come from. */
export const credentialsIn = (file: RightParts): readonly PlacedCredentials[] => [
  ...placed([], file.credentials),
  ...clustersIn(file).flatMap(([name, cluster]) => [
    ...placed(['clusters', name], cluster.credentials),
    ...offersIn(cluster).flatMap(([template, offer]) =>
      placed(['clusters', name, 'templates', template], offer.credentials),
    ),
  ]),
]

interface Named {
  readonly at: YamlPath
  readonly path: string
  readonly kind: Kind
}

const namedAt = (at: YamlPath, path: string | typeof wrong | undefined, kind: Kind): readonly Named[] => {
  const known = right(path)
  return known === undefined ? [] : [{ at, path: known, kind }]
}

const namedIn = (file: RightParts): readonly Named[] => {
  const files = clustersIn(file).flatMap(([name, cluster]) => {
    const [kubernetes, argo] = [right(cluster.kubernetes), right(cluster.argo)]
    const at = ['clusters', name]
    return [
      ...(kubernetes !== undefined && 'kubeconfig' in kubernetes
        ? namedAt([...at, 'kubernetes', 'kubeconfig'], kubernetes.kubeconfig, 'file')
        : []),
      ...namedAt([...at, 'argo', 'tokenFile'], argo?.tokenFile, 'file'),
      ...namedAt([...at, 'argo', 'caFile'], argo?.caFile, 'file'),
    ]
  })
  const folders = credentialsIn(file).flatMap(({ at, credentials }) =>
    'directory' in credentials ? namedAt([...at, 'directory'], credentials.directory, 'folder') : [],
  )
  return [...folders, ...files]
}

const caMistakeOf = (path: string): string | undefined => {
  try {
    return caMistake(readFileSync(path, 'utf8'))
  } catch {
    // It is named for that already.
    return undefined
  }
}

/** The files of CAs that hold none, each at its place: with them every call would fail. */
export const badCas = (file: RightParts, placeOf: (path: YamlPath) => string): readonly string[] =>
  clustersIn(file).flatMap(([name, { argo }]) => {
    const path = right(right(argo)?.caFile)
    const mistake = path === undefined ? undefined : caMistakeOf(path)
    if (mistake === undefined) return []
    const place = placeOf(['clusters', name, 'argo', 'caFile'])
    return [`${place}: "${path}" ${mistake}; put the certificate of argo-server's CA into it`]
  })

/** The files and folders that the configuration names and this process cannot read as such, each at its place. */
export const unreadable = (file: RightParts, placeOf: (path: YamlPath) => string): readonly string[] =>
  namedIn(file).flatMap(({ at, path, kind }) => {
    const mistake = mistakeAt(path, kind)
    return mistake === undefined ? [] : [`${placeOf(at)}: "${path}" ${mistake}`]
  })
