import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { secretVariables } from './environment.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export type RunHelm = (args: readonly string[]) => Promise<Ended>

/** The folder of helm's own configuration, below that of the step. */
export const configFolder = 'helm-config'

const environmentFor = (
  { environment, folder }: StepContext,
  kubeconfig: string | undefined,
): NodeJS.ProcessEnv => {
  const passed = Object.entries(environment).filter(
    ([name]) => !secretVariables.some((secret) => secret === name),
  )
  return {
    ...Object.fromEntries(passed),
    // The root file system may be read-only.
    HELM_CACHE_HOME: join(folder, 'helm-cache'),
    HELM_CONFIG_HOME: join(folder, configFolder),
    HELM_DATA_HOME: join(folder, 'helm-data'),
    ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }),
  }
}

/**
 * A way to run helm for this step. Its output holds Secrets, so it is never logged; SIGTERM is handed on, so that helm
 * can put things right.
 */
export const helmRunner = (context: StepContext, kubeconfig: string | undefined): RunHelm => {
  const env = environmentFor(context, kubeconfig)
  mkdirSync(join(context.folder, 'helm-cache'), { recursive: true })
  return (args) =>
    new Promise((resolve, reject) => {
      const child = spawn('helm', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
      let stdout = ''
      let stderr = ''
      const end = (): void => {
        child.kill('SIGTERM')
      }
      if (context.signal.aborted) end()
      context.signal.addEventListener('abort', end)
      child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
      child.on('error', (error) => {
        reject(
          new StepError(
            'bad-input',
            'helm is not in the image of the steps. Use an image that has it, then clean up and ask again.',
            {
              cause: error,
            },
          ),
        )
      })
      child.on('close', (code) => {
        context.signal.removeEventListener('abort', end)
        resolve({ code: code ?? 1, stdout, stderr })
      })
    })
}
