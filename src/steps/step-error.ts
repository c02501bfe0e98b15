/** What a step's exit code says (Argo shows it beside the message). */
export const exitCodes = {
  'bad-input': 2,
  authorisation: 3,
  conflict: 4,
  'remote-down': 5,
  'timed-out': 6,
  refused: 7,
} as const

/** A step cannot go on. The message is one sentence that a person can act on, and holds no secret. */
export class StepError extends Error {
  override readonly name = 'StepError'
  readonly kind: keyof typeof exitCodes

  constructor(kind: keyof typeof exitCodes, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.kind = kind
  }
}
