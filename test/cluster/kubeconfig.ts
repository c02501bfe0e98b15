import { readFileSync } from 'node:fs'
import { delimiter } from 'node:path'

import { KubeConfig } from '@kubernetes/client-node'

import { kubeconfigMistake } from '../../src/kubernetes/kubeconfig-mistake.ts'
import { cureForName } from '../../src/nearest-name.ts'

const check = (path: string): void => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`KUBECONFIG: "${path}" cannot be read; give the path of a kubeconfig`, { cause })
  }
  const mistake = kubeconfigMistake(text)
  // Which context is used stands in the site file.
  if (mistake === undefined || mistake.isOfContext) return
  throw new Error(`KUBECONFIG: "${path}" ${mistake.says}. ${mistake.cure}`)
}

/** What the variable KUBECONFIG names, with this context. Throws an Error that names the file and the cure. */
export const readKubeconfig = (context: string): KubeConfig => {
  for (const path of (process.env['KUBECONFIG'] ?? '').split(delimiter)) if (path !== '') check(path)
  const config = new KubeConfig()
  config.loadFromDefault()
  if (config.getContextObject(context) === null) {
    const names = config.contexts.map(({ name }) => name)
    throw new Error(
      `KUBECONFIG has no context "${context}", which the site file names; ${cureForName(context, names)}`,
    )
  }
  config.setCurrentContext(context)
  if (config.getCurrentCluster() !== null) return config
  throw new Error(
    `KUBECONFIG: the context "${context}" names no cluster that is there; correct it in the kubeconfig`,
  )
}
