import { readFileSync } from 'node:fs'

import { kubeconfigMistake } from '../kubernetes/kubeconfig-mistake.ts'
import { usedPartMistakes } from '../kubernetes/used-parts.ts'
import type { YamlPath } from '../templates/yaml-source.ts'
import { right, wrong } from './judge.ts'
import { clustersIn, type RightCluster, type RightParts } from './right-parts.ts'

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It is named for that already.
    return undefined
  }
}

const asCure = (sentence: string): string =>
  `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`

type Kubernetes = Extract<NonNullable<RightCluster['kubernetes']>, { readonly kubeconfig?: unknown }>
type Key = 'kubeconfig' | 'context' | 'exec'

interface Mistake {
  readonly key: Key
  readonly says: string
  readonly cure: string
}

const lookInto = (text: string, path: string, kubernetes: Kubernetes): readonly Mistake[] => {
  const context = right(kubernetes.context)
  // Which context is meant is not known where that is wrong itself, and so it is with a program.
  const isContextWrong = kubernetes.context === wrong
  const exec = kubernetes.exec === wrong ? null : kubernetes.exec
  const whole = kubeconfigMistake(text, context)
  if (whole !== undefined && !(whole.isOfContext && isContextWrong))
    return [{ ...whole, key: whole.isOfContext && context !== undefined ? 'context' : 'kubeconfig' }]
  if (isContextWrong) return []
  return usedPartMistakes(text, { path, context, exec }).map(({ isOfProgram, ...one }) => ({
    ...one,
    key: isOfProgram === true && exec !== undefined ? 'exec' : 'kubeconfig',
  }))
}

const mistakesOf = (cluster: RightCluster, placeOf: (key: Key) => string): readonly string[] => {
  const kubernetes = right(cluster.kubernetes)
  if (kubernetes === undefined || !('kubeconfig' in kubernetes)) return []
  const path = right(kubernetes.kubeconfig)
  const text = path === undefined ? undefined : textOf(path)
  if (path === undefined || text === undefined) return []
  return lookInto(text, path, kubernetes).map(
    ({ key, says, cure }) => `${placeOf(key)}: the kubeconfig "${path}" ${says}; ${asCure(cure)}`,
  )
}

/** The kubeconfigs that can be read and cannot be used. */
export const kubeconfigMistakes = (
  file: Pick<RightParts, 'clusters'>,
  placeOf: (path: YamlPath) => string,
): readonly string[] =>
  clustersIn(file).flatMap(([name, cluster]) =>
    mistakesOf(cluster, (key) => placeOf(['clusters', name, 'kubernetes', key])),
  )
