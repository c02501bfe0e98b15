import type { ShownButton } from '../../sandbox/slack/people.ts'
import { renderMessage, renderThread } from '../../sandbox/slack/render.ts'
import type { SlackSandbox } from '../../sandbox/slack/server.ts'
import type { Message } from '../../sandbox/slack/workspace.ts'

const channel = 'C0ONBOARD'

/** What people do in the sandbox's Slack and read there, about the onboarding that was asked for last. */
export class Hands {
  readonly slack: SlackSandbox
  readonly #partMs: number

  /** `partMs`: how long one part of a story may take (milliseconds). */
  constructor(slack: SlackSandbox, partMs: number) {
    this.slack = slack
    this.#partMs = partMs
  }

  /** Rejects with what the thread says when it does not come true in time. */
  async until(what: string, condition: () => boolean): Promise<void> {
    try {
      await this.slack.waitFor(condition, { what, timeoutMs: this.#partMs })
    } catch (cause) {
      throw new Error(`${String(cause)}. The thread says:\n${this.threadText()}`, { cause })
    }
  }

  /** Opens the form by a command. */
  async open(user: string, line: string): Promise<void> {
    await this.slack.people.command(user, line, channel)
    await this.until('the form opens', () => this.slack.people.view(user) !== undefined)
  }

  /** Sends the form, and gives what stands in its place. */
  async send(user: string): Promise<string> {
    const { people, workspace } = this.slack
    await people.submit(user)
    const open = people.view(user)
    if (open === undefined) return ''
    const blocks = open.view.blocks.filter((block) => block.type !== 'input')
    const errors = Object.entries(open.errors).map(([field, text]) => `${field}: ${text}`)
    return [renderMessage({ text: '', blocks }, workspace), ...errors].join('\n')
  }

  cards(): readonly Message[] {
    const { messages } = this.slack.workspace
    return messages.filter((message) => message.channel === channel && message.threadTs === undefined)
  }

  card(): Message | undefined {
    return this.cards().at(-1)
  }

  cardText(): string {
    const card = this.card()
    return card === undefined ? '' : renderMessage(card, this.slack.workspace)
  }

  threadText(): string {
    const card = this.card()
    return card === undefined ? '' : renderThread(channel, card.ts, this.slack.workspace)
  }

  replies(): readonly string[] {
    const { workspace } = this.slack
    const card = this.card()
    const thread = card === undefined ? [] : workspace.thread(channel, card.ts).slice(1)
    return thread.map((reply) => renderMessage(reply, workspace))
  }

  button(label: string): ShownButton | undefined {
    const card = this.card()
    const buttons = card === undefined ? [] : this.slack.people.buttons(channel, card.ts)
    return buttons.find((one) => one.label === label)
  }

  async offered(label: string): Promise<ShownButton> {
    await this.until(`the card offers ${label}`, () => this.button(label) !== undefined)
    const button = this.button(label)
    if (button === undefined) throw new Error(`there is no ${label}`)
    return button
  }

  async click(user: string, label: string): Promise<void> {
    await this.slack.people.click(user, await this.offered(label))
  }

  whispers(user: string): string {
    const { ephemerals } = this.slack.workspace
    return ephemerals
      .filter((one) => one.user === user)
      .map((one) => renderMessage(one, this.slack.workspace))
      .join('\n')
  }

  async told(user: string, text: string): Promise<void> {
    await this.until(`${user} reads "${text}"`, () => this.whispers(user).includes(text))
  }
}
