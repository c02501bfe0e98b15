import type { App, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt'
import type { SectionBlock } from '@slack/types'
import { z } from 'zod'

import { inTime } from '../../in-time.ts'
import type { Template } from '../../onboarding/ports/templates.ts'
import type { FieldError, Outcome, RequestInput } from '../../runner/commands.ts'
import { parseValue } from '../messages/buttons.ts'
import { blockOf, readForm, renderForm, requestViewId } from '../messages/form.ts'
import { damagedText, renderRefusal } from '../messages/refusal.ts'
import { readReason, rejectViewId } from '../messages/reject-form.ts'
import { plain } from '../messages/text.ts'
import { renderTold } from '../messages/told.ts'
import { viewPayload, type ViewPayload } from '../payloads.ts'
import { anyOf } from './any-of.ts'
import { answerMs, callerOf, type Context, notYet } from './context.ts'

const directChannel = z.object({ channel: z.object({ id: z.string() }) })

type Sent = Pick<SlackViewMiddlewareArgs<ViewSubmitAction>, 'ack' | 'body'>

const isNewView = ({ isNew }: Context, { trigger_id: triggerId }: ViewPayload): boolean =>
  triggerId === undefined || isNew(triggerId)

/** Errors at their fields; what belongs to no field of this form stands at the namespace. */
const errorsOf = (errors: readonly FieldError[], { view }: ViewPayload): Record<string, string> => {
  const told = new Map<string, string>()
  for (const { field, text } of errors) {
    const isShown = Object.hasOwn(view.state.values, blockOf(field))
    const [block, line] = isShown ? [blockOf(field), text] : ['namespace', `${field}: ${text}`]
    const before = told.get(block)
    told.set(block, plain(before === undefined ? line : `${before} ${line}`, 500))
  }
  return Object.fromEntries(told)
}

const requested = (context: Context, outcome: Outcome): ReturnType<typeof renderTold> => {
  if (!('done' in outcome)) {
    const title = outcome.reason === 'duplicate' ? 'Asked already' : 'Not asked'
    return renderTold(title, renderRefusal(outcome, context.threadLink))
  }
  const { key, phase, thread } = outcome.onboarding
  const what = `\`${key.namespace}\` on \`${key.cluster}\``
  const text =
    phase === 'requested'
      ? `Your request for ${what} is recorded. Its card is in <#${thread.channel}>, where it waits for a decision.`
      : `Your request for ${what} is recorded and starts at once: no approval is needed. Its card is in <#${thread.channel}>.`
  return renderTold('Asked', text)
}

/** Shows what became of a form that was answered before it was known; in a direct message where it was closed. */
const followUp = async (
  { client }: Context,
  payload: ViewPayload,
  view: ReturnType<typeof renderTold>,
): Promise<void> => {
  try {
    await client.views.update({ view_id: payload.view.id, view })
  } catch {
    const { channel } = directChannel.parse(await client.conversations.open({ users: payload.user.id }))
    await client.chat.postMessage({ channel: channel.id, text: view.title.text, blocks: view.blocks })
  }
}

/** What is wrong in a form that may be sent again as it is or changed; it stays open, with what was typed. */
const mistakesOf = (outcome: Outcome, payload: ViewPayload): Record<string, string> | undefined => {
  if ('done' in outcome) return undefined
  if (outcome.reason === 'invalid') return errorsOf(outcome.errors, payload)
  if (outcome.reason === 'settling') {
    return { namespace: 'The earlier one is just being finished. Please send this again in a moment.' }
  }
  if (outcome.reason !== 'not-saved') return undefined
  return {
    namespace:
      outcome.error.code === 'damaged'
        ? damagedText
        : 'It could not be recorded, so nothing was asked: the bot cannot write to its disk. Please tell the people who run it, then send this again.',
  }
}

interface Answering {
  readonly outcome: Promise<Outcome>
  readonly render: (outcome: Outcome) => ReturnType<typeof renderTold>
  /** The form once more, with what was typed. */
  readonly again?: () => ReturnType<typeof renderForm>
}

/** What is said above the fields of a form. */
const toldBlock = (text: string): SectionBlock => ({
  type: 'section',
  text: { type: 'plain_text', text, emoji: false },
})

const lateView = (
  known: Outcome,
  payload: ViewPayload,
  { render, again }: Answering,
): ReturnType<typeof renderTold> => {
  const mistakes = again === undefined ? undefined : mistakesOf(known, payload)
  const form = mistakes === undefined ? undefined : again?.()
  if (form === undefined) return render(known)
  const text = Object.values(mistakes ?? {}).join('\n')
  return { ...form, blocks: [toldBlock(text), ...form.blocks] }
}

/** Answers a form by another view; what comes late replaces it once it is known. */
const answer = async (
  context: Context,
  { sent, payload }: { sent: Sent; payload: ViewPayload },
  answering: Answering,
): Promise<void> => {
  const { outcome, render, again } = answering
  const inside = await inTime(context.clock, outcome, answerMs)
  if (inside === 'late') {
    await sent.ack({ response_action: 'update', view: renderTold('One moment', notYet) })
    await followUp(context, payload, lateView(await outcome, payload, answering))
    return
  }
  const errors = again === undefined ? undefined : mistakesOf(inside, payload)
  if (errors !== undefined) {
    await sent.ack({ response_action: 'errors', errors })
    return
  }
  await sent.ack({ response_action: 'update', view: render(inside) })
}

/** Whether the form has the fields of the template that is chosen in it: a change of the template may not be shown yet. */
const hasFieldsOf = (template: Template, { view }: ViewPayload): boolean => {
  const shown = Object.keys(view.state.values).filter((block) => block.startsWith('p:'))
  const blocks = template.parameters.map(({ name }) => `p:${name}`)
  return shown.length === blocks.length && blocks.every((block) => shown.includes(block))
}

/** The form with the right fields, with what was typed; undefined where it has them. */
const rightForm = (
  context: Context,
  input: RequestInput,
  payload: ViewPayload,
): ReturnType<typeof renderForm> | undefined => {
  const template = context.templates.find(input.template)
  const isOffered = context.catalogue.terms(input.cluster, input.template) !== undefined
  if (template === undefined || !isOffered || hasFieldsOf(template, payload)) return undefined
  const { parameters, ...place } = input
  const form = renderForm({ ...place, values: parameters }, context)
  const text = `Nothing is asked yet: the form still had the fields of another template. These are those of ${template.name}.`
  return { ...form, blocks: [toldBlock(text), ...form.blocks] }
}

const onRequest =
  (context: Context) =>
  async (sent: Sent): Promise<void> => {
    const payload = viewPayload.parse(sent.body)
    if (!isNewView(context, payload)) {
      await sent.ack()
      return
    }
    const input = readForm(payload.view)
    const right = rightForm(context, input, payload)
    if (right !== undefined) {
      await sent.ack({ response_action: 'update', view: right })
      return
    }
    const errors = context.commands.check(input)
    if (errors.length > 0) {
      await sent.ack({ response_action: 'errors', errors: errorsOf(errors, payload) })
      return
    }
    const outcome = async (): Promise<Outcome> =>
      context.commands.request(input, await callerOf(context, payload.user, input))
    await answer(
      context,
      { sent, payload },
      {
        outcome: outcome(),
        render: (known) => requested(context, known),
        again: () => {
          const { parameters, ...place } = input
          return renderForm({ ...place, values: parameters }, context)
        },
      },
    )
  }

const onReason =
  (context: Context) =>
  async (sent: Sent): Promise<void> => {
    const payload = viewPayload.parse(sent.body)
    const value = parseValue(payload.view.private_metadata)
    const reason = readReason(payload.view.state)
    if (!isNewView(context, payload)) {
      await sent.ack()
      return
    }
    if (value === undefined) {
      const text = 'I do not know this form any more. `/onboard list` shows what there is.'
      await sent.ack({ response_action: 'update', view: renderTold('Not rejected', text, reason) })
      return
    }
    if (reason === '') {
      await sent.ack({
        response_action: 'errors',
        errors: { reason: 'Please say why: the requester will read it.' },
      })
      return
    }
    const outcome = async (): Promise<Outcome> =>
      context.commands.reject({
        ...value,
        reason,
        by: await callerOf(context, payload.user, value.key, { isDeciding: true }),
      })
    const render = (known: Outcome): ReturnType<typeof renderTold> =>
      'done' in known
        ? renderTold('Rejected', 'The request is rejected. The requester is told why.')
        : // What was typed is not lost.
          renderTold('Not rejected', renderRefusal(known, context.threadLink), reason)
    await answer(context, { sent, payload }, { outcome: outcome(), render })
  }

export const registerViews = (app: App, context: Context): void => {
  const forms: Readonly<Record<string, (sent: Sent) => Promise<void>>> = {
    [requestViewId]: onRequest(context),
    [rejectViewId]: onReason(context),
  }
  app.view<ViewSubmitAction>(anyOf(Object.keys(forms)), async (sent) => forms[sent.view.callback_id]?.(sent))
}
