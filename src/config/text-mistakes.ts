import { looksSecret } from '../templates/looks-secret.ts'

const isSecret = (line: string): boolean => [line, ...line.split(/[\s'"]+/)].some(looksSecret)

/** Whether nothing of a text is what was written: it begins with the mark of UTF-16, which a decoder of UTF-8 replaces. */
export const isOfAnotherEncoding = (text: string): boolean => text.startsWith('\uFFFD')

/** The first line with what a decoder puts in the place of bytes that are no UTF-8. */
const notUtf8 = (lines: readonly string[]): readonly number[] => {
  const index = lines.findIndex((line) => line.includes('\uFFFD'))
  return index < 0 ? [] : [index + 1]
}

/** What is wrong with the text of the configuration file, whatever it says. */
export const textMistakes = (path: string, text: string): readonly string[] => {
  const lines = text.split('\n')
  const secrets = lines.flatMap((line, index) => (isSecret(line) ? [index + 1] : []))
  return [
    ...notUtf8(lines).map((line) => `${path}:${line}: this is not UTF-8; save the file as UTF-8`),
    ...secrets.map(
      (line) =>
        `${path}:${line}: a secret stands in the file; take it out, give it by the environment, and renew it`,
    ),
  ]
}
