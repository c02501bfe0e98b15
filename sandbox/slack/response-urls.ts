import { z } from 'zod'

import { messageBlocks } from './block-schemas.ts'
import type { Ephemeral, Workspace } from './workspace.ts'

const bodySchema = z.object({
  text: z.string().default(''),
  blocks: z.unknown().optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  response_type: z.string().optional(),
})

type Said = z.infer<typeof bodySchema>
type Content = Pick<Ephemeral, 'text' | 'blocks'>

/** Slack lets a response URL be used five times within half an hour. */
const uses = 5
const lifeMs = 30 * 60_000

interface Known {
  readonly user: string
  readonly channel: string
  readonly message: string | undefined
  readonly at: number
  left: number
}

/** The addresses at which the app may answer a person once more. */
export class ResponseUrls {
  readonly #workspace: Workspace
  readonly #known = new Map<string, Known>()

  constructor(workspace: Workspace) {
    this.#workspace = workspace
  }

  create(about: { user: string; channel: string; message?: string }): string {
    const id = this.#workspace.id('R')
    this.#known.set(id, { message: undefined, ...about, at: this.#workspace.clock.now(), left: uses })
    return id
  }

  /** Gives Slack's answer: status and body. */
  use(id: string, body: unknown): { status: number; body: string } {
    const known = this.#known.get(id)
    if (known === undefined || this.#workspace.clock.now() - known.at > lifeMs)
      return { status: 404, body: 'expired_url' }
    if (known.left === 0) return { status: 404, body: 'used_url' }
    known.left -= 1
    const said = bodySchema.parse(body)
    const blocks = messageBlocks.safeParse(said.blocks ?? [])
    if (!blocks.success) return { status: 400, body: 'invalid_blocks' }
    this.#say(known, said, { text: said.text, blocks: blocks.data })
    this.#workspace.changed()
    return { status: 200, body: '{"ok":true}' }
  }

  #say(known: Known, { replace_original, delete_original }: Said, content: Content): void {
    const { ephemerals, messages } = this.#workspace
    const original =
      ephemerals.find(({ id }) => id === known.message) ??
      messages.find(({ channel, ts }) => channel === known.channel && ts === known.message)
    if (original !== undefined && delete_original === true) {
      for (const list of [ephemerals, messages]) {
        const index = list.findIndex((one) => one === original)
        if (index >= 0) list.splice(index, 1)
      }
    } else if (original !== undefined && replace_original === true) Object.assign(original, content)
    else this.#workspace.whisper({ ...known, ...content })
  }
}
