export type Environment = Readonly<Record<string, string | undefined>>

/** What a configuration is read from. */
export interface Sources {
  readonly environment: Environment
  /** Throws when there is no such file. */
  readonly readFile: (path: string) => string
}

/** The value of a variable; an empty one counts as absent, as containers set them. */
export const given = (name: string, { environment }: Sources): string | undefined =>
  environment[name]?.trim() || undefined
