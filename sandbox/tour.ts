import type { ShownButton } from './slack/people.ts'
import { renderMessage, renderThread } from './slack/render.ts'
import type { Message } from './slack/workspace.ts'
import { differences, everything, nothing } from './tour-inventory.ts'
import type { Inventory, World } from './world.ts'

const channel = 'C0ONBOARD'
const place = 'prod-eu shop'
const values = 'display-name="Shop" subdomain=shop-prod'

/** How long one part of the story may take (milliseconds). */
const partMs = 30_000

/** Something is not as the story says. */
class TourError extends Error {}

/** The story of the README, played by the people of the sandbox through the payloads that Slack sends. */
export class Tour {
  readonly #world: World
  readonly #say: (line: string) => void
  readonly #namespacesBefore: readonly string[]
  #heard = 0

  constructor(world: World, say: (line: string) => void) {
    this.#world = world
    this.#namespacesBefore = this.#namespaces()
    this.#say = say
  }

  /** Plays the story and looks at the world at its end. Throws an error that names what is wrong. */
  async play({ sabotage }: { sabotage?: (world: World) => void } = {}): Promise<void> {
    await this.#request()
    await this.#askTwice()
    await this.#outsider()
    await this.#approveAndFail()
    await this.#retryInVain()
    await this.#cleanUp()
    await this.#askAgain()
    sabotage?.(this.#world)
    this.#look()
    this.#part('The thread as everybody reads it')
    for (const card of this.#cards()) this.#say(renderThread(channel, card.ts, this.#world.slack.workspace))
  }

  async #request(): Promise<void> {
    this.#part('Ada asks')
    const { people } = this.#world.slack
    await this.#type('U0ADA', `/onboard ${place} ${values}`)
    await this.#until('the form opens', () => people.view('U0ADA') !== undefined)
    await people.submit('U0ADA')
    this.#tell(`the form says: ${this.#formText('U0ADA')}`)
    people.close('U0ADA')
    // It is there as a whole when argo-server has answered too; until then nobody can be led to it.
    await this.#until(
      'the card offers Approve',
      () =>
        this.#buttons().some(({ label }) => label === 'Approve') && this.#cardSays('argo-server would take'),
    )
    this.#show(this.#card())
  }

  async #askTwice(): Promise<void> {
    this.#part('Ada asks for the same once more')
    await this.#type('U0ADA', `/onboard ${place} ${values}`)
    const said = await this.#whisper('U0ADA')
    this.#tell(`only Ada reads: ${said}`)
    if (!said.includes('nothing was asked twice')) throw new TourError('the duplicate was not recognised')
  }

  async #outsider(): Promise<void> {
    this.#part('Otto, who may not, clicks Approve')
    await this.#click('U0OTTO', 'Approve')
    const said = await this.#whisper('U0OTTO')
    this.#tell(`only Otto reads: ${said}`)
    if (!said.includes('You may not decide')) throw new TourError("the outsider's click was not refused")
  }

  async #approveAndFail(): Promise<void> {
    this.#part('Ben approves; the chart does not become ready')
    this.#world.setHelmFault('not-ready')
    await this.#click('U0BEN', 'Approve')
    await this.#until('the run has failed', () => this.#cardSays('Failed') && this.#threadSays('failed:', 1))
    this.#news()
  }

  async #retryInVain(): Promise<void> {
    this.#part('Ada retries; it fails again at the same step')
    await this.#click('U0ADA', 'Retry')
    await this.#until(
      'the retry has failed',
      () => this.#cardSays('Failed') && this.#threadSays('failed:', 2),
    )
    this.#news()
  }

  async #cleanUp(): Promise<void> {
    this.#part('Ada cleans up')
    this.#world.setHelmFault(undefined)
    await this.#click('U0ADA', 'Clean up')
    await this.#until(
      'the clean-up is done',
      () => this.#cardSays('Cleaned up') && this.#threadSays('nothing is left', 1),
    )
    this.#news()
    await this.#runSecretsGone()
    this.#complain(differences(this.#inventory(), nothing))
  }

  async #askAgain(): Promise<void> {
    this.#part('Ada asks again, Cleo approves, everything works')
    const { people, workspace } = this.#world.slack
    const before = this.#cards().length
    await this.#click('U0ADA', 'Ask again')
    await this.#until('the form opens', () => people.view('U0ADA') !== undefined)
    await people.submit('U0ADA')
    this.#tell(`the form says: ${this.#formText('U0ADA')}`)
    people.close('U0ADA')
    await this.#until('the new card is there', () => this.#cards().length > before)
    this.#heard = workspace.thread(channel, this.#card().ts).length
    await this.#click('U0CLEO', 'Approve')
    await this.#until(
      'everything is done',
      () => this.#cardSays('Done') && this.#threadSays('Everything is done', 1),
    )
    this.#news()
    await this.#runSecretsGone()
  }

  #look(): void {
    this.#part('The world at the end')
    const is = this.#inventory()
    this.#tell(JSON.stringify(is))
    const twice = [...this.#world.argo.creates].filter(([, count]) => count > 1)
    const { problems } = this.#world.slack
    this.#complain([
      ...differences(is, everything),
      ...twice.map(([name]) => `submitted more than once: ${name}`),
      ...problems.map((problem) => `Slack would have refused: ${problem}`),
    ])
  }

  /** What is there, with every namespace that came since the beginning, whoever made it. */
  #inventory(): Inventory {
    const namespaces = this.#namespaces().filter((name) => !this.#namespacesBefore.includes(name))
    return { ...this.#world.inventory(), namespaces }
  }

  #namespaces(): readonly string[] {
    return this.#world.kubernetes.objects
      .list('namespaces', '')
      .map(({ metadata }) => metadata.name)
      .toSorted()
  }

  #complain(mistakes: readonly string[]): void {
    if (mistakes.length > 0) throw new TourError(mistakes.join('; '))
  }

  #cards(): readonly Message[] {
    const { messages } = this.#world.slack.workspace
    return messages.filter((message) => message.channel === channel && message.threadTs === undefined)
  }

  #card(): Message {
    const card = this.#cards().at(-1)
    if (card === undefined) throw new TourError('there is no card')
    return card
  }

  #cardSays(text: string): boolean {
    return renderMessage(this.#card(), this.#world.slack.workspace).includes(text)
  }

  #threadSays(text: string, times: number): boolean {
    const { workspace } = this.#world.slack
    const replies = workspace.thread(channel, this.#card().ts).slice(1)
    return replies.filter((reply) => renderMessage(reply, workspace).includes(text)).length >= times
  }

  #buttons(): readonly ShownButton[] {
    const card = this.#cards().at(-1)
    return card === undefined ? [] : this.#world.slack.people.buttons(channel, card.ts)
  }

  async #click(user: string, label: string): Promise<void> {
    await this.#until(`the card offers ${label}`, () =>
      this.#buttons().some((button) => button.label === label),
    )
    const button = this.#buttons().find((one) => one.label === label)
    if (button === undefined) throw new TourError(`there is no button ${label}`)
    const { people, workspace } = this.#world.slack
    this.#tell(`${workspace.nameOf(user)} clicks [${label}]`)
    const delivery = await people.click(user, button)
    if (!delivery.acked) throw new TourError(`the click on ${label} was not answered: ${delivery.error}`)
  }

  async #type(user: string, line: string): Promise<void> {
    const { people, workspace } = this.#world.slack
    this.#tell(`${workspace.nameOf(user)} types ${line}`)
    const delivery = await people.command(user, line, channel)
    if (!delivery.acked) throw new TourError(`the command was not answered: ${delivery.error}`)
  }

  /** What only one person reads: the newest of it, once it is there. */
  async #whisper(user: string): Promise<string> {
    const { workspace } = this.#world.slack
    const own = (): readonly { text: string; blocks: Message['blocks'] }[] =>
      workspace.ephemerals.filter((one) => one.user === user)
    await this.#until('a private answer', () => own().length > 0)
    const last = own().at(-1)
    return last === undefined ? '' : renderMessage(last, workspace)
  }

  #formText(user: string): string {
    const { people, workspace } = this.#world.slack
    const open = people.view(user)
    if (open === undefined) return '(the form is closed)'
    const errors = Object.entries(open.errors).map(([field, text]) => `${field}: ${text}`)
    if (errors.length > 0) throw new TourError(`the form shows errors: ${errors.join('; ')}`)
    const blocks = open.view.blocks.filter((block) => block.type !== 'input')
    return renderMessage({ text: '', blocks }, workspace).replaceAll('\n', ' ')
  }

  async #runSecretsGone(): Promise<void> {
    // The last thing that happens to a run is that its Secret goes; Slack does not tell of it.
    const gone = (): boolean => this.#world.inventory().runSecrets.length === 0
    for (let waited = 0; !gone() && waited < partMs; waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    await this.#world.slack.waitFor(condition, { what, timeoutMs: partMs })
  }

  #part(title: string): void {
    this.#say(`\n== ${title}`)
  }

  #tell(line: string): void {
    this.#say(`-- ${line}`)
  }

  #show(message: Message): void {
    this.#say(renderMessage(message, this.#world.slack.workspace))
  }

  /** What the thread has that was not shown yet. */
  #news(): void {
    const all = this.#world.slack.workspace.thread(channel, this.#card().ts)
    for (const message of all.slice(Math.max(this.#heard, 1))) this.#show(message)
    this.#heard = all.length
  }
}
