/** The configuration cannot be used. Every mistake names its place, what is wrong, and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(`The configuration cannot be used:\n${mistakes.map((mistake) => `- ${mistake}`).join('\n')}`)
    this.mistakes = mistakes
  }
}

const lineOf = (mistake: string): number => Number(/:(\d+)/.exec(mistake)?.[1])

/** The mistakes of one file, each of which begins with its name and line, as a reader of the file meets them. */
export const inOrderOfLines = (mistakes: readonly string[]): readonly string[] =>
  mistakes.toSorted((one, other) => lineOf(one) - lineOf(other))
