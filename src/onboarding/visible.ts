// Characters that turn text around or hide in it; a line made of them could pretend to be another.
const invisible = /(?![\n\t\u200d])[\p{Cc}\p{Cf}]/gu

/** Text as typed, with every invisible character made visible. */
export const visible = (text: string): string =>
  text.replaceAll(
    invisible,
    (character) => `\\u${Number(character.codePointAt(0)).toString(16).padStart(4, '0')}`,
  )
