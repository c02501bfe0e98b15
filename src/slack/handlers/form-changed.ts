import { WebAPIPlatformError } from '@slack/web-api'

import { readForm, renderForm } from '../messages/form.ts'
import { actionPayload } from '../payloads.ts'
import type { Context } from './context.ts'

/** Of that many forms the last change is remembered. */
const remembered = 1_000

/** Tells whether no later change of a form has come, by when Slack says that it was made. */
const createChanges = (): {
  note: (view: string, at: string) => void
  isLast: (view: string, at: string) => boolean
} => {
  const last = new Map<string, string>()
  const isLast = (view: string, at: string): boolean => at >= (last.get(view) ?? '')
  return {
    isLast,
    note: (view, at) => {
      if (!isLast(view, at)) return
      last.set(view, at)
      const [oldest] = last.keys()
      if (last.size > remembered && oldest !== undefined) last.delete(oldest)
    },
  }
}

const isConflict = (error: unknown): boolean =>
  error instanceof WebAPIPlatformError && error.data.error === 'hash_conflict'

/** Another cluster or template has other fields; what was typed stays. Of several changes the last one counts. */
export const onFormChanged = (
  context: Context,
): ((clicked: { ack: () => Promise<void>; body: unknown }) => Promise<void>) => {
  const changes = createChanges()
  return async ({ ack, body }) => {
    await ack()
    const { view: form, actions } = actionPayload.parse(body)
    if (form === undefined) return
    const at = actions[0]?.action_ts ?? ''
    changes.note(form.id, at)
    const { parameters, ...place } = readForm(form)
    const known = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== ''))
    const view = renderForm({ ...known, values: parameters }, context)
    const { id: view_id, hash } = form
    try {
      await context.client.views.update({ view_id, view, ...(hash !== undefined && { hash }) })
    } catch (error) {
      try {
        // An earlier change has come first; this payload has that one in it already.
        if (!isConflict(error)) throw error
        if (changes.isLast(form.id, at)) await context.client.views.update({ view_id, view })
      } catch (again) {
        // What is sent is checked again anyway.
        context.log.warn({ err: again }, 'the form could not be changed')
      }
    }
  }
}
