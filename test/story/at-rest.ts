import { existsSync, readFileSync } from 'node:fs'

import { keyText } from '../../src/onboarding/key.ts'
import { onboardingSchema } from '../../src/onboarding/onboarding.ts'

/** What the bot logs of a revision when its save has returned: then it knows nothing of the document by heart. */
const isSaved = (log: string, { key, revision }: { key: string; revision: number }): boolean =>
  log
    .split('\n')
    .some(
      (line) => line.includes(`"key":"${key}"`) && line.includes(`"revision":${revision},"msg":"entered"`),
    )

/** Whether the settled record is there, everything in it has been said, and the bot is done with it. */
export const isAtRest = (path: string, logFile: string): boolean => {
  if (!existsSync(path)) return false
  const [, document = ''] = readFileSync(path, 'utf8').split('\n')
  const { key, revision, thread, notices } = onboardingSchema.parse(JSON.parse(document))
  const isSaid = thread.shown === thread.version && notices.every(({ state }) => state === 'done')
  return isSaid && isSaved(readFileSync(logFile, 'utf8'), { key: keyText(key), revision })
}
