import { keyText } from '../onboarding/key.ts'
import type { Ledger } from './ledger.ts'
import type { Tools } from './performing.ts'

/** Tells every request that waits for a decision how its template's file is now. */
export const noteTemplates = async ({
  ledger,
  tools,
}: {
  readonly ledger: Ledger
  readonly tools: Tools
}): Promise<void> => {
  const { store, templates, clock, log } = tools
  const waiting = store.active().filter(({ phase }) => phase === 'requested')
  await Promise.all(
    waiting.map(async ({ key, runId }) => {
      const digest = templates.find(key.template)?.onboard.digest
      try {
        await ledger.enter(key, () => ({ type: 'template-read', at: clock.now(), digest }), runId)
      } catch (error) {
        // The next start tells it again.
        log.warn({ key: keyText(key), err: error }, 'it could not be noted how the template is now')
      }
    }),
  )
}
