import { RemoteError } from '../onboarding/ports/remote-error.ts'

/** A stream that was silent for so long is no stream that only broke: two signs of life are missing (milliseconds). */
const longSilenceMs = 30_000
/** A stream that broke so often in a row will not be back in a moment: the list takes its place, then people know. */
const failuresToList = 2
export const failuresToTell = 5

/** What keeps the bot from seeing the workflows of a cluster; `isListed` while the list answers. */
export interface Unseen {
  readonly error: RemoteError
  readonly isListed: boolean
}

const noEvents = (cause: unknown): RemoteError =>
  new RemoteError('argo-server answers, but its event stream does not come through.', {
    code: 'unreachable',
    cure: 'Look whether a proxy before argo-server holds event streams back: it must not buffer them, nor end them within a minute.',
    cause,
  })

/** Judges by what the stream and the list of a cluster answer whether its workflows can be seen. */
export class Sight {
  readonly #elapsed: () => number
  #signAt: number
  #broken: { readonly error: unknown; readonly failures: number } | undefined

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
    this.#signAt = elapsed()
  }

  onSign(): void {
    this.#signAt = this.#elapsed()
    this.#broken = undefined
  }

  onBroken(error: unknown, failures: number): void {
    this.#broken = { error, failures }
  }

  /** Whether the stream stands, and tells of every change. */
  isWatched(): boolean {
    return this.#broken === undefined
  }

  /** Whether the list has to say, now that the stream broke, what the server answers. */
  isListDue(): boolean {
    const failures = this.#broken?.failures
    return failures === failuresToList || failures === failuresToTell || (failures === 1 && this.#isSilent())
  }

  /** What is to be told now that the list has answered. */
  afterList(): Unseen | undefined {
    if (!this.#isLasting()) return undefined
    const error = this.#broken?.error
    const isAnswer = error instanceof RemoteError && error.code !== 'unreachable'
    return { error: isAnswer ? error : noEvents(error), isListed: true }
  }

  /** What is to be told now that a look has failed; while the stream is away the list of each minute is word enough. */
  afterFailure(error: unknown, { isRegular = false } = {}): Unseen | undefined {
    if (this.#broken === undefined || !(error instanceof RemoteError)) return undefined
    return isRegular || this.#isLasting() ? { error, isListed: false } : undefined
  }

  #isLasting(): boolean {
    const failures = this.#broken?.failures
    return failures !== undefined && (failures >= failuresToTell || this.#isSilent())
  }

  #isSilent(): boolean {
    return this.#elapsed() - this.#signAt >= longSilenceMs
  }
}
