import { accessSync, constants, readFileSync, statSync } from 'node:fs'

import { caMistake } from '../network/ca-certificates.ts'
import type { YamlPath } from '../templates/yaml-source.ts'
import type { RightParts } from './right-parts.ts'
import type { CredentialsConfig } from './schema.ts'

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

interface PlacedCredentials {
  readonly at: YamlPath
  readonly credentials: CredentialsConfig
}

/** Every place of the file that says where secrets come from. */
export const credentialsIn = (file: RightParts): readonly PlacedCredentials[] => {
  const offers = Object.entries(file.clusters).flatMap(([name, cluster]) => [
    { at: ['clusters', name], credentials: cluster.credentials },
    ...Object.entries(cluster.templates ?? {}).map(([template, { credentials }]) => ({
      at: ['clusters', name, 'templates', template],
      credentials,
    })),
  ])
  return [{ at: [], credentials: file.credentials }, ...offers].flatMap(({ at, credentials }) =>
    credentials === undefined || credentials === 'wrong' ? [] : [{ at: [...at, 'credentials'], credentials }],
  )
}

interface Named {
  readonly at: YamlPath
  readonly path: string
  readonly kind: Kind
}

const namedIn = (file: RightParts): readonly Named[] => {
  const files = Object.entries(file.clusters).flatMap(([name, { kubernetes, argo }]) => [
    {
      at: ['clusters', name, 'kubernetes', 'kubeconfig'],
      path: kubernetes !== undefined && 'kubeconfig' in kubernetes ? kubernetes.kubeconfig : undefined,
    },
    { at: ['clusters', name, 'argo', 'tokenFile'], path: argo?.tokenFile },
    { at: ['clusters', name, 'argo', 'caFile'], path: argo?.caFile },
  ])
  const folders = credentialsIn(file).map(({ at, credentials }) => ({
    at: [...at, 'directory'],
    path: 'directory' in credentials ? credentials.directory : undefined,
  }))
  const ofKind = (kind: Kind, all: readonly (typeof folders)[number][]): readonly Named[] =>
    all.flatMap(({ at, path }) => (path === undefined ? [] : [{ at, path, kind }]))
  return [...ofKind('folder', folders), ...ofKind('file', files)]
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
export const badCas = ({ clusters }: RightParts, placeOf: (path: YamlPath) => string): readonly string[] =>
  Object.entries(clusters).flatMap(([name, { argo }]) => {
    const path = argo?.caFile
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
