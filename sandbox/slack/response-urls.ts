import { z } from 'zod'

import { messageBlocks } from './block-schemas.ts'
import type { Workspace } from './workspace.ts'

const bodySchema = z.object({
  text: z.string().default(''),
  blocks: z.unknown().optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  response_type: z.string().optional(),
})

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
    if (known === undefined) return { status: 404, body: 'expired_url' }
    if (this.#workspace.clock.now() - known.at > lifeMs) return { status: 404, body: 'expired_url' }
    if (known.left === 0) return { status: 404, body: 'used_url' }
    known.left -= 1
    const said = bodySchema.parse(body)
    const blocks = messageBlocks.safeParse(said.blocks ?? [])
    if (!blocks.success) return { status: 400, body: 'invalid_blocks' }
    const original = this.#workspace.ephemerals.find((one) => one.id === known.message)
    if (said.delete_original === true && original !== undefined) {
      this.#workspace.ephemerals.splice(this.#workspace.ephemerals.indexOf(original), 1)
    } else if (said.replace_original === true && original !== undefined) {
      Object.assign(original, { text: said.text, blocks: blocks.data })
    } else {
      this.#workspace.whisper({ ...known, text: said.text, blocks: blocks.data })
    }
    this.#workspace.changed()
    return { status: 200, body: '{"ok":true}' }
  }
}
