import type { AckFn, App, RespondArguments, RespondFn, SlashCommand } from '@slack/bolt'
import type { KnownBlock } from '@slack/types'

import { inTime } from '../../in-time.ts'
import { cleanupVerbOf } from '../../onboarding/ask.ts'
import type { Key } from '../../onboarding/key.ts'
import { keySchema, keyText } from '../../onboarding/key.ts'
import type { Onboarding } from '../../onboarding/onboarding.ts'
import { denial } from '../../onboarding/policy.ts'
import type { SettledSummary } from '../../onboarding/ports/store.ts'
import { type CommandLine, parseCommandLine, type Subcommand, withQuoting } from '../command-line.ts'
import { renderForm } from '../messages/form.ts'
import {
  type Counted,
  helpText,
  renderApprovers,
  renderCleanupOffer,
  renderList,
  renderMistake,
  renderStatus,
} from '../messages/lists.ts'
import { renderMayAskNothing } from '../messages/may-ask.ts'
import { renderDenial, renderLine } from '../messages/refusal.ts'
import { plain } from '../messages/text.ts'
import { commandPayload, type CommandPayload } from '../payloads.ts'
import { askedAlready } from './asked-already.ts'
import { answerMs, callerOf, type Context, storeTrouble } from './context.ts'
import { deniedAll } from './may-ask.ts'
import { openView } from './open-view.ts'
import { mistakeIn, placeOf } from './place.ts'

interface Answer {
  readonly text: string
  readonly blocks?: KnownBlock[]
}

interface Asking {
  readonly ack: AckFn<string | RespondArguments>
  readonly respond: RespondFn
  readonly body: SlashCommand
}

/** More onboardings than these are counted: a message has a limit. */
const listed = 20

type Place = Extract<CommandLine, { kind: 'place' }>

/** The onboardings that `CLUSTER NAMESPACE [TEMPLATE]` names; a text says what is wrong with it. */
const namedBy = async (
  context: Context,
  words: readonly string[],
): Promise<readonly Onboarding[] | string> => {
  const place = placeOf(context, words)
  if (typeof place === 'string') return place
  const { cluster, namespace, template } = place
  if (cluster === undefined || namespace === undefined) return 'The namespace is missing.'
  const offered = context.catalogue.clusters.find(({ name }) => name === cluster)?.templates ?? []
  const keys = (template === undefined ? offered : [template]).map((name) => ({
    cluster,
    namespace,
    template: name,
  }))
  if (keys.some((key) => !keySchema.safeParse(key).success))
    return `"${plain(namespace, 100)}" is no namespace: that has 1 to 63 lower-case letters, digits and dashes.`
  const found = await Promise.all(keys.map((key: Key) => context.commands.find(key)))
  return found.filter((onboarding) => onboarding !== undefined)
}

const readable = async ({ commands, log }: Context, key: Key): Promise<readonly Onboarding[]> => {
  try {
    return [(await commands.find(key)) ?? []].flat()
  } catch (error) {
    // One that cannot be read must not hide the others.
    log.warn({ key: keyText(key), err: error }, 'a settled onboarding cannot be listed')
    return []
  }
}

type Listed = Pick<SettledSummary, 'key' | 'phase' | 'requester'>

/** The newest that are wanted, each key once, and how many more there are. */
const recent = async (
  context: Context,
  { isWanted = () => true, limit = listed }: { isWanted?: (one: Listed) => boolean; limit?: number },
): Promise<Counted> => {
  const { commands } = context
  const active = commands.active().toReversed()
  // Older generations and settled ones stand behind the newest of their key.
  const newest = new Map<string, Listed>()
  for (const one of [...active, ...commands.settled()])
    if (!newest.has(keyText(one.key))) newest.set(keyText(one.key), one)
  const wanted = [...newest.values()].filter(isWanted)
  const shown = wanted.slice(0, limit).map(async ({ key }) => readable(context, key))
  return { shown: (await Promise.all(shown)).flat(), more: Math.max(wanted.length - limit, 0) }
}

const status = async (context: Context, words: readonly string[], user: string): Promise<Answer> => {
  if (words.length === 0) {
    const own = await recent(context, { isWanted: ({ requester }) => requester === user })
    return renderStatus('*Yours*', own, context.threadLink)
  }
  const named = await namedBy(context, words)
  if (typeof named === 'string') return renderMistake(named, '/onboard status')
  const [cluster, namespace] = words
  return renderStatus(`*\`${namespace}\` on \`${cluster}\`*`, { shown: named, more: 0 }, context.threadLink)
}

const subcommandAnswers: Record<
  Subcommand,
  (context: Context, words: readonly string[], user: string) => Promise<Answer>
> = {
  status,
  list: async (context) => ({
    text: renderList('*Onboardings*', await recent(context, {}), context.threadLink),
  }),
  help: async () => ({ text: helpText }),
  'who-can-approve': async ({ catalogue }) => ({ text: renderApprovers(catalogue) }),
}

const offerCleanup = async (context: Context, words: readonly string[], user: string): Promise<Answer> => {
  const isNamed = words.length > 0
  const isCleanable = (one: Listed): boolean => cleanupVerbOf(one) !== undefined
  const named = isNamed
    ? await namedBy(context, words)
    : // Whether somebody may is known only afterwards.
      (await recent(context, { isWanted: isCleanable, limit: Number.POSITIVE_INFINITY })).shown
  if (typeof named === 'string') return renderMistake(named, '/onboard-cleanup')
  const [cluster, namespace] = words
  if (isNamed && named.length === 0)
    return {
      text: `Nothing was onboarded in \`${namespace}\` on \`${cluster}\`, so there is nothing to clean up.`,
    }
  const judged = await Promise.all(
    named.map(async (onboarding) => {
      const verb = cleanupVerbOf(onboarding)
      const policy = context.catalogue.terms(onboarding.key.cluster, onboarding.key.template)?.policy
      if (verb === undefined || policy === undefined)
        return { onboarding, denied: renderLine(onboarding, context.threadLink) }
      const person = await callerOf(context, { id: user }, onboarding.key)
      const denied = denial(verb, person, { policy, requester: onboarding.requester })
      return { onboarding, denied: denied && renderDenial(verb, denied) }
    }),
  )
  const allowed = judged.filter(({ denied }) => denied === undefined).map(({ onboarding }) => onboarding)
  const offered = { shown: allowed.slice(0, listed), more: Math.max(allowed.length - listed, 0) }
  if (allowed.length > 0) return renderCleanupOffer(offered, context)
  const why = isNamed ? judged.map(({ denied }) => denied ?? '').join('\n') : ''
  return { text: `There is nothing here that you may clean up.${why === '' ? '' : `\n${why}`}` }
}

const openForm = async (
  context: Context,
  place: Place,
  { payload, asking }: { payload: CommandPayload; asking: Asking },
): Promise<void> => {
  const named = placeOf(context, place.words)
  const prefill = typeof named === 'string' ? named : { ...named, values: place.values }
  const mistake = typeof prefill === 'string' ? prefill : mistakeIn(context, prefill)
  if (typeof prefill === 'string' || mistake !== undefined) {
    await asking.ack(renderMistake(withQuoting(mistake ?? '', place.quoting), '/onboard'))
    return
  }
  const [denied, already] = await Promise.all([
    deniedAll(context, payload.user_id),
    askedAlready(context, prefill, payload.user_id),
  ])
  const answer = denied === undefined ? already : { text: renderMayAskNothing(denied) }
  if (answer !== undefined) {
    await asking.ack({ response_type: 'ephemeral', ...answer })
    return
  }
  await asking.ack()
  const view = renderForm(prefill, context)
  const opening = { triggerId: payload.trigger_id, view }
  const trouble = await openView(context, opening, 'Please type the command again.')
  if (trouble !== undefined) await asking.respond(trouble)
}

/** Answers in the acknowledgement, or a moment later where it takes longer than Slack waits. */
const reply = async (context: Context, { ack, respond }: Asking, asked: Promise<Answer>): Promise<void> => {
  const answer = asked.catch((error: unknown): Answer => storeTrouble(error, context))
  const inside = await inTime(context.clock, answer, answerMs)
  if (inside !== 'late') {
    await ack({ response_type: 'ephemeral', ...inside })
    return
  }
  await ack('One moment: Slack is slow to answer me.')
  await respond({ response_type: 'ephemeral', ...(await answer) })
}

/** What was typed; undefined where it was seen before, which is acknowledged and no more. */
const takeCommand = async (
  context: Context,
  { ack, body }: Asking,
): Promise<{ readonly payload: CommandPayload; readonly line: CommandLine } | undefined> => {
  const payload = commandPayload.parse(body)
  if (context.isNew(payload.trigger_id)) return { payload, line: parseCommandLine(payload.text) }
  await ack()
  return undefined
}

const onOnboard = async (context: Context, asking: Asking): Promise<void> => {
  const command = await takeCommand(context, asking)
  if (command === undefined) return
  const { payload, line } = command
  switch (line.kind) {
    case 'mistake':
      await asking.ack(
        renderMistake(line.text, line.after === undefined ? '/onboard' : `/onboard ${line.after}`),
      )
      return
    case 'subcommand':
      await reply(context, asking, subcommandAnswers[line.name](context, line.words, payload.user_id))
      return
    case 'place':
      await openForm(context, line, { payload, asking })
  }
}

const onCleanup = async (context: Context, asking: Asking): Promise<void> => {
  const command = await takeCommand(context, asking)
  if (command === undefined) return
  const { payload, line } = command
  if (line.kind === 'subcommand') {
    await asking.ack(helpText)
    return
  }
  if (line.kind === 'mistake' || line.values.length > 0) {
    const text = line.kind === 'mistake' ? line.text : 'A clean-up takes no values.'
    await asking.ack(renderMistake(text, '/onboard-cleanup'))
    return
  }
  await reply(context, asking, offerCleanup(context, line.words, payload.user_id))
}

/** The commands of the manifest. */
export const commandNames = ['/onboard', '/onboard-cleanup'] as const

export const registerCommands = (app: App, context: Context): void => {
  app.command(commandNames[0], (asking) => onOnboard(context, asking))
  app.command(commandNames[1], (asking) => onCleanup(context, asking))
}
