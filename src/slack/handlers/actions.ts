import type {
  App,
  BlockButtonAction,
  BlockStaticSelectAction,
  RespondFn,
  SlackActionMiddlewareArgs,
} from '@slack/bolt'

import { inTime } from '../../in-time.ts'
import { type Key, keyText } from '../../onboarding/key.ts'
import { denial, type Person } from '../../onboarding/policy.ts'
import type { Outcome, Wish } from '../../runner/commands.ts'
import { actionIds, type ButtonValue, parseValue } from '../messages/buttons.ts'
import type { Message } from '../messages/card.ts'
import { formActions, type Prefill, renderForm } from '../messages/form.ts'
import { renderOtherCleanup } from '../messages/lists.ts'
import { renderDenial, renderLine, renderRefusal } from '../messages/refusal.ts'
import { renderRejectForm } from '../messages/reject-form.ts'
import { actionPayload, type ActionPayload } from '../payloads.ts'
import { anyOf } from './any-of.ts'
import { askedAlready } from './asked-already.ts'
import { answerMs, callerOf, type Context, notYet, storeTrouble } from './context.ts'
import { onFormChanged } from './form-changed.ts'
import { deniedThere } from './may-ask.ts'
import { openView } from './open-view.ts'

type Clicked = Pick<SlackActionMiddlewareArgs<BlockButtonAction>, 'ack' | 'body' | 'respond'>

const forgotten = 'I do not know this button any more. `/onboard list` shows what there is.'

type Said = string | Message

const tell = async (respond: RespondFn, said: Said): Promise<void> => {
  const message = typeof said === 'string' ? { text: said } : said
  await respond({ response_type: 'ephemeral', replace_original: false, ...message })
}

interface Click {
  readonly payload: ActionPayload
  readonly value: ButtonValue
  readonly text: string
}

const readClick = (context: Context, body: unknown): Click | 'again' | undefined => {
  const payload = actionPayload.parse(body)
  if (!context.isNew(payload.trigger_id)) return 'again'
  const text = payload.actions[0]?.value
  const value = parseValue(text)
  return value === undefined || text === undefined ? undefined : { payload, value, text }
}

/** What was clicked, acknowledged before anything else; undefined where there is nothing left to do. */
const takeClick = async (context: Context, { ack, body, respond }: Clicked): Promise<Click | undefined> => {
  const click = readClick(context, body)
  await ack()
  if (click === undefined) await tell(respond, forgotten)
  return click === 'again' ? undefined : click
}

/** Saves first, then acknowledges; whoever clicked always learns the truth. */
const answer = async (context: Context, clicked: Clicked, outcome: Promise<Outcome>): Promise<void> => {
  const { ack, respond } = clicked
  const inside = await inTime(context.clock, outcome, answerMs)
  await ack()
  if (inside === 'late') await tell(respond, notYet)
  const known = await outcome
  if ('done' in known) {
    // A card shows what became of a click; a private list does not change.
    const isPrivate = actionPayload.parse(clicked.body).container?.is_ephemeral === true
    if (isPrivate) await tell(respond, renderLine(known.onboarding, context.threadLink))
    else if (inside === 'late') await tell(respond, 'It is recorded now.')
    return
  }
  const why = renderRefusal(known, context.threadLink)
  const isOther = known.reason === 'other-cleanup'
  await tell(respond, isOther ? renderOtherCleanup(known.onboarding, { why, view: context }) : why)
}

/** Those who approved what still waits for a decision, as far as the policy needs to know them today. */
const earlierApprovers = (context: Context, key: Key): Promise<readonly Person[]> => {
  const waiting = context.commands
    .active()
    .find((one) => one.phase === 'requested' && keyText(one.key) === keyText(key))
  const decisions = waiting?.decisions ?? []
  return Promise.all(decisions.map(({ by: id }) => callerOf(context, { id }, key, { isDeciding: true })))
}

const onDecision =
  (context: Context, decide: (wish: Wish & { readonly earlier: readonly Person[] }) => Promise<Outcome>) =>
  async (clicked: Clicked): Promise<void> => {
    const click = readClick(context, clicked.body)
    if (click === undefined || click === 'again') {
      await clicked.ack()
      if (click === undefined) await tell(clicked.respond, forgotten)
      return
    }
    const { value, payload } = click
    const outcome = async (): Promise<Outcome> => {
      const [by, earlier] = await Promise.all([
        callerOf(context, payload.user, value.key, { isDeciding: true }),
        earlierApprovers(context, value.key),
      ])
      return decide({ ...value, by, earlier })
    }
    await answer(context, clicked, outcome())
  }

/** Why a reason need not be asked for; undefined when it is to be asked. */
const refusalOfReject = async (context: Context, { value, payload }: Click): Promise<Said | undefined> => {
  const { key, seen } = value
  const onboarding = await context.commands.find(key)
  const { threadLink } = context
  if (onboarding === undefined) return renderRefusal({ refused: true, reason: 'unknown' }, threadLink)
  const isStale = onboarding.generation !== seen.generation || onboarding.nonce !== seen.nonce
  if (isStale) return renderRefusal({ refused: true, reason: 'stale', onboarding }, threadLink)
  if (onboarding.phase !== 'requested')
    return renderRefusal({ refused: true, reason: 'wrong-phase', onboarding }, threadLink)
  const policy = context.catalogue.terms(key.cluster, key.template)?.policy
  if (policy === undefined) return 'This is not offered any more, so nobody may decide on it.'
  const person = await callerOf(context, payload.user, key)
  const denied = denial('approve', person, { policy, requester: onboarding.requester })
  return denied && renderDenial('approve', denied)
}

const onReject =
  (context: Context) =>
  async (clicked: Clicked): Promise<void> => {
    const click = await takeClick(context, clicked)
    if (click === undefined) return
    const refusal = await refusalOfReject(context, click).catch((error: unknown) =>
      storeTrouble(error, context),
    )
    await (refusal === undefined
      ? openForm(context, clicked, { click, view: renderRejectForm(click.text) })
      : tell(clicked.respond, refusal))
  }

const openForm = async (
  context: Context,
  { respond }: Clicked,
  { click, view }: { click: Click; view: ReturnType<typeof renderForm> },
): Promise<void> => {
  const opening = { triggerId: click.payload.trigger_id, view }
  const trouble = await openView(context, opening, 'Please click again.')
  if (trouble !== undefined) await tell(respond, trouble)
}

/** Why whoever clicked gets no form; undefined where they may ask, or Slack did not say in time whether they may. */
const mayNotAskAgain = async (
  context: Context,
  { user }: ActionPayload,
  key: Key,
): Promise<string | undefined> => {
  const policy = context.catalogue.terms(key.cluster, key.template)?.policy
  if (policy === undefined)
    return `\`${key.template}\` is not offered on \`${key.cluster}\` any more, so it cannot be asked for.`
  const denied = await deniedThere(context, user, { key, policy })
  return denied && renderDenial('request', denied)
}

/** The form as it was filled in the last time, or why it is not opened. */
const askedBefore = async (
  context: Context,
  { payload, value }: Click,
): Promise<{ readonly prefill: Prefill } | { readonly instead: Said }> => {
  try {
    const onboarding = await context.commands.find(value.key)
    if (onboarding === undefined) return { instead: forgotten }
    const prefill = { ...onboarding.key, values: onboarding.parameters }
    const [mayNot, already] = await Promise.all([
      mayNotAskAgain(context, payload, onboarding.key),
      askedAlready(context, prefill, payload.user.id),
    ])
    const instead = mayNot ?? already
    return instead === undefined ? { prefill } : { instead }
  } catch (error) {
    return { instead: storeTrouble(error, context) }
  }
}

const onAgain =
  (context: Context) =>
  async (clicked: Clicked): Promise<void> => {
    const click = await takeClick(context, clicked)
    if (click === undefined) return
    const before = await askedBefore(context, click)
    await ('instead' in before
      ? tell(clicked.respond, before.instead)
      : openForm(context, clicked, { click, view: renderForm(before.prefill, context) }))
  }

export const registerActions = (app: App, context: Context): void => {
  const { commands } = context
  const buttons: Readonly<Record<string, (clicked: Clicked) => Promise<void>>> = {
    [actionIds.approve]: onDecision(context, commands.approve),
    [actionIds.withdraw]: onDecision(context, commands.withdraw),
    [actionIds.check]: onDecision(context, commands.checkAgain),
    [actionIds.stop]: onDecision(context, commands.stop),
    [actionIds.retry]: onDecision(context, commands.retry),
    [actionIds.cleanup]: onDecision(context, commands.cleanup),
    [actionIds.reject]: onReject(context),
    [actionIds.again]: onAgain(context),
    // A button that opens a page sends a click too, which Slack wants acknowledged.
    [actionIds.link]: async ({ ack }) => ack(),
  }
  app.action<BlockButtonAction>(anyOf(Object.keys(buttons)), async (clicked) =>
    buttons[clicked.action.action_id]?.(clicked),
  )
  app.action<BlockStaticSelectAction>(anyOf(Object.values(formActions)), onFormChanged(context))
}
