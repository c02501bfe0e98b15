import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'
import { z } from 'zod'

import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'

const absent = z.undefined().optional()
const kubeconfig = z.object({
  'current-context': z.string().min(1),
  clusters: z.array(z.object({ cluster: z.looseObject({ 'certificate-authority': absent }) })).min(1),
  users: z
    .array(
      z.object({
        user: z.looseObject({
          exec: absent,
          'auth-provider': absent,
          tokenFile: absent,
          'client-certificate': absent,
          'client-key': absent,
        }),
      }),
    )
    .min(1),
})

const refuse = (why: string): never => {
  throw new StepError('bad-input', `The kubeconfig of the run's Secret ${why}.`)
}

/**
 * The file with the kubeconfig that the run's Secret brings, readable by this step alone; undefined where it brings
 * none, and the rights of the workflow's ServiceAccount count. Throws StepError.
 */
export const writeKubeconfig = ({ environment, folder }: StepContext): string | undefined => {
  const text = environment['TARGET_KUBECONFIG']
  if (text === undefined || text === '') return undefined
  let parsed: unknown
  try {
    parsed = parse(text)
  } catch {
    // The parser's own message would show a piece of it.
    refuse('is no YAML')
  }
  const read = kubeconfig.safeParse(parsed)
  if (!read.success) {
    const wrong = read.error.issues.map(({ path }) => path.join('.')).join(', ')
    refuse(
      `cannot be used here (${wrong}): it needs a current-context, and may run no program and name no files`,
    )
  }
  const file = join(folder, 'kubeconfig')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}
