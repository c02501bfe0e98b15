/** What a sentence says to press. */
export type NamedCure = 'retry' | 'ask again' | 'clean up again'

const cures: Readonly<Record<string, NamedCure>> = {
  retry: 'retry',
  'try again': 'retry',
  'ask again': 'ask again',
  'clean up again': 'clean up again',
}

/** The first of them in the last sentence; what is quoted before that is somebody else's. */
const closing = /\b(retry|try again|ask again|clean up again)\b(?:(?![.!?]\s).)*\.$/is

/** The cure with which a text ends: what its last sentence says first. Undefined where that says none. */
export const namedCure = (text: string): NamedCure | undefined =>
  cures[closing.exec(text.trim())?.[1]?.toLowerCase() ?? '']
