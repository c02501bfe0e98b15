import { z } from 'zod'

import { messageBlocks, modal } from './block-schemas.ts'
import { bot, commands, slackbot, teamId } from './cast.ts'
import { missingIn, payloadOf } from './form-state.ts'
import type { Delivery, SocketMode } from './socket.ts'
import { escaped } from './typed.ts'
import type { OpenView, Workspace } from './workspace.ts'

/** A button as it stands, or stood, in a message. */
export interface ShownButton {
  readonly channel: string
  /** Of the message; of an ephemeral one its id. */
  readonly ts: string
  readonly blockId: string | undefined
  readonly actionId: string
  readonly value: string | undefined
  readonly label: string
  readonly hasConfirm: boolean
}

const commandAnswer = z.union([
  z.string(),
  z.object({
    text: z.string().optional(),
    blocks: z.unknown().optional(),
    response_type: z.string().optional(),
  }),
])

const viewAnswer = z.union([
  z.object({ response_action: z.literal('errors'), errors: z.record(z.string(), z.string()) }),
  z.object({ response_action: z.enum(['update', 'push']), view: z.unknown() }),
  z.object({ response_action: z.literal('clear') }),
])

type Element = Extract<z.infer<typeof messageBlocks>[number], { type: 'actions' }>['elements'][number]

interface Options {
  readonly workspace: Workspace
  readonly socket: SocketMode
  readonly responseUrl: (about: { user: string; channel: string; message?: string }) => string
  /** Told when the app answers with something that Slack would refuse. */
  readonly onProblem: (problem: string) => void
}

const elementId = z.object({
  action_id: z.string().optional(),
  value: z.string().optional(),
  text: z.object({ text: z.string() }),
  confirm: z.unknown().optional(),
})

const buttonOf = (
  element: Element,
  place: { channel: string; ts: string; blockId: string | undefined },
): ShownButton | undefined => {
  if (element.type !== 'button') return undefined
  const { action_id: actionId = '', value, text, confirm } = elementId.parse(element)
  return { ...place, actionId, value, label: text.text, hasConfirm: confirm !== undefined }
}

/** What people do in the workspace, sent to the app as Slack sends it. */
export class People {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  /** Types a slash command, as Slack hands it on. Gives what became of it. */
  async command(
    user: string,
    line: string,
    channel: string,
  ): Promise<Delivery | { readonly acked: false; readonly error: 'no_command' }> {
    const { workspace, socket } = this.#options
    const [command = '', ...words] = line.split(' ')
    if (!commands.includes(command)) {
      workspace.whisper({
        channel,
        user,
        by: slackbot.userId,
        text: `\`${escaped(command)}\` is not a valid command.`,
      })
      return { acked: false, error: 'no_command' }
    }
    const delivery = await socket.deliver('slash_commands', {
      token: 'sandbox',
      team_id: teamId,
      team_domain: 'acme',
      channel_id: channel,
      channel_name: workspace.channels.get(channel)?.name ?? 'directmessage',
      user_id: user,
      user_name: workspace.nameOf(user).toLowerCase(),
      command,
      text: words.join(' ').trim(),
      api_app_id: bot.appId,
      is_enterprise_install: 'false',
      response_url: this.#options.responseUrl({ user, channel }),
      trigger_id: workspace.trigger(user),
    })
    if (!delivery.acked) {
      workspace.whisper({
        channel,
        user,
        by: slackbot.userId,
        text: `${command} failed with the error "${delivery.error}"`,
      })
      return delivery
    }
    this.#hear(command, delivery.payload, { channel, user })
    return delivery
  }

  /** Shows what a command is answered with, if it is. */
  #hear(command: string, payload: unknown, place: { channel: string; user: string }): void {
    const { workspace, onProblem } = this.#options
    const answer = commandAnswer.safeParse(payload).data
    const said = typeof answer === 'string' ? { text: answer } : (answer ?? {})
    const blocks = messageBlocks.safeParse(said.blocks ?? [])
    if (!blocks.success) onProblem(`the answer to ${command} has invalid blocks: ${blocks.error.message}`)
    const text = said.text ?? ''
    if (text !== '') workspace.whisper({ ...place, text, blocks: blocks.data ?? [] })
  }

  /** The buttons that somebody sees in a message or ephemeral message. */
  buttons(channel: string, ts: string): readonly ShownButton[] {
    const { workspace } = this.#options
    const blocks =
      workspace.message(channel, ts)?.blocks ?? workspace.ephemerals.find(({ id }) => id === ts)?.blocks ?? []
    return blocks.flatMap((block) =>
      block.type === 'actions'
        ? block.elements.flatMap(
            (element) => buttonOf(element, { channel, ts, blockId: block.block_id }) ?? [],
          )
        : [],
    )
  }

  /** Clicks a button, also one that is not there any more. */
  async click(user: string, button: ShownButton): Promise<Delivery> {
    const { workspace, socket } = this.#options
    const message = workspace.message(button.channel, button.ts)
    const delivery = await socket.deliver('interactive', {
      type: 'block_actions',
      team: { id: teamId, domain: 'acme' },
      enterprise: null,
      is_enterprise_install: false,
      user: { id: user, username: workspace.nameOf(user), team_id: teamId },
      api_app_id: bot.appId,
      token: 'sandbox',
      container: {
        type: 'message',
        message_ts: button.ts,
        channel_id: button.channel,
        is_ephemeral: message === undefined,
      },
      trigger_id: workspace.trigger(user),
      channel: { id: button.channel, name: workspace.channels.get(button.channel)?.name },
      ...(message !== undefined && { message: { type: 'message', ts: message.ts, text: message.text } }),
      response_url: this.#options.responseUrl({ user, channel: button.channel, message: button.ts }),
      actions: [
        {
          type: 'button',
          action_id: button.actionId,
          block_id: button.blockId,
          value: button.value,
          text: { type: 'plain_text', text: button.label },
          action_ts: workspace.ts(),
        },
      ],
    })
    if (!delivery.acked) this.#warn(user, button.channel)
    return delivery
  }

  /** Types into a field or chooses in a select of the person's form; a select may change the form. */
  async fill(user: string, blockId: string, value: string): Promise<void> {
    const { workspace, socket } = this.#options
    const open = this.view(user)
    const block = open?.view.blocks.find((one) => one.type === 'input' && one.block_id === blockId)
    if (open === undefined || block?.type !== 'input') throw new Error(`there is no field ${blockId}`)
    open.values[blockId] = value
    workspace.changed()
    if (block.dispatch_action !== true) return
    await socket.deliver('interactive', {
      type: 'block_actions',
      team: { id: teamId, domain: 'acme' },
      user: { id: user, username: workspace.nameOf(user), team_id: teamId },
      api_app_id: bot.appId,
      container: { type: 'view', view_id: open.id },
      trigger_id: workspace.trigger(user),
      view: payloadOf(open),
      actions: [
        {
          type: block.element.type,
          action_id: block.element.action_id,
          block_id: blockId,
          action_ts: workspace.ts(),
        },
      ],
    })
  }

  /** The form that is open for somebody. */
  view(user: string): OpenView | undefined {
    return [...this.#options.workspace.views.values()].findLast((open) => open.user === user)
  }

  close(user: string): void {
    const open = this.view(user)
    if (open !== undefined) this.#options.workspace.views.delete(open.id)
    this.#options.workspace.changed()
  }

  /** Sends the person's form. What Slack's client checks itself is checked first. */
  async submit(user: string): Promise<Delivery | 'incomplete'> {
    const { workspace, socket, onProblem } = this.#options
    const open = this.view(user)
    if (open === undefined) throw new Error('no form is open')
    open.errors = missingIn(open)
    if (Object.keys(open.errors).length > 0) {
      workspace.changed()
      return 'incomplete'
    }
    const delivery = await socket.deliver('interactive', {
      type: 'view_submission',
      team: { id: teamId, domain: 'acme' },
      user: { id: user, username: workspace.nameOf(user), team_id: teamId },
      api_app_id: bot.appId,
      token: 'sandbox',
      trigger_id: workspace.trigger(user),
      is_enterprise_install: false,
      enterprise: null,
      response_urls: [],
      view: payloadOf(open),
    })
    if (!delivery.acked) {
      open.errors = { '': 'We had some trouble connecting. Try again?' }
      workspace.changed()
      return delivery
    }
    const answer = viewAnswer.safeParse(delivery.payload).data
    if (answer === undefined || answer.response_action === 'clear') workspace.views.delete(open.id)
    else if (answer.response_action === 'errors') this.#showErrors(open, answer.errors)
    else {
      const view = modal.safeParse(answer.view)
      if (view.success) Object.assign(open, { view: view.data, hash: workspace.ts(), values: {}, errors: {} })
      else onProblem(`the answer to a form is no view: ${view.error.message}`)
    }
    workspace.changed()
    return delivery
  }

  #showErrors(open: OpenView, errors: Readonly<Record<string, string>>): void {
    const inputs = open.view.blocks.flatMap((block) => (block.type === 'input' ? [block.block_id] : []))
    const astray = Object.keys(errors).filter((blockId) => !inputs.includes(blockId))
    if (astray.length > 0)
      this.#options.onProblem(`errors for blocks that are no inputs: ${astray.join(', ')}`)
    open.errors = errors
  }

  #warn(user: string, channel: string): void {
    this.#options.workspace.whisper({
      channel,
      user,
      by: slackbot.userId,
      text: ':warning: The app did not answer the click.',
    })
  }
}
