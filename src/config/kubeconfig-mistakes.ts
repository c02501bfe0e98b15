import { readFileSync } from 'node:fs'

import { kubeconfigMistake } from '../kubernetes/kubeconfig-mistake.ts'
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

const mistakeOf = (
  cluster: RightCluster,
  placeOf: (key: 'kubeconfig' | 'context') => string,
): string | undefined => {
  const kubernetes = right(cluster.kubernetes)
  if (kubernetes === undefined || !('kubeconfig' in kubernetes)) return undefined
  const path = right(kubernetes.kubeconfig)
  const context = right(kubernetes.context)
  const text = path === undefined ? undefined : textOf(path)
  const mistake = text === undefined ? undefined : kubeconfigMistake(text, context)
  // Which context is meant is not known where that is wrong itself.
  if (mistake === undefined || (mistake.isOfContext && kubernetes.context === wrong)) return undefined
  const place = placeOf(mistake.isOfContext && context !== undefined ? 'context' : 'kubeconfig')
  return `${place}: the kubeconfig "${path}" ${mistake.says}; ${asCure(mistake.cure)}`
}

/** The kubeconfigs that can be read and cannot be used. */
export const kubeconfigMistakes = (
  file: Pick<RightParts, 'clusters'>,
  placeOf: (path: YamlPath) => string,
): readonly string[] =>
  clustersIn(file).flatMap(([name, cluster]) => {
    const mistake = mistakeOf(cluster, (key) => placeOf(['clusters', name, 'kubernetes', key]))
    return mistake === undefined ? [] : [mistake]
  })
