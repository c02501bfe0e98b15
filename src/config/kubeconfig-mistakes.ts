import { readFileSync } from 'node:fs'

import { kubeconfigMistake } from '../kubernetes/kubeconfig-mistake.ts'
import type { YamlPath } from '../templates/yaml-source.ts'
import type { RightCluster, RightParts } from './right-parts.ts'

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
  { kubernetes }: RightCluster,
  placeOf: (key: 'kubeconfig' | 'context') => string,
): string | undefined => {
  if (kubernetes === undefined || !('kubeconfig' in kubernetes)) return undefined
  const { kubeconfig: path, context } = kubernetes
  const text = textOf(path)
  const mistake = text === undefined ? undefined : kubeconfigMistake(text, context)
  if (mistake === undefined) return undefined
  const place = placeOf(mistake.isOfContext && context !== undefined ? 'context' : 'kubeconfig')
  return `${place}: the kubeconfig "${path}" ${mistake.says}; ${asCure(mistake.cure)}`
}

/** The kubeconfigs that can be read and cannot be used. */
export const kubeconfigMistakes = (
  { clusters }: Pick<RightParts, 'clusters'>,
  placeOf: (path: YamlPath) => string,
): readonly string[] =>
  Object.entries(clusters).flatMap(([name, cluster]) => {
    const mistake = mistakeOf(cluster, (key) => placeOf(['clusters', name, 'kubernetes', key]))
    return mistake === undefined ? [] : [mistake]
  })
