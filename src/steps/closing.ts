/** After a cure that may stand in the template: a Retry runs what was approved, with the secrets of today. */
export const thenRetryOrAnew = 'then retry; or clean up and ask again where it stands in the template'

const whereInTemplate = '; or clean up and ask again where it stands in the template'

/** What people press after a run that makes something; the bot offers first what comes first (docs/templates.md). */
const presses = /clean up(?:,? and|, then) ask again|ask again|try again|retry/gi

/** A clean-up has neither Retry nor Ask again: what failed in it is cured, and cleaned up again as the file is today. */
export const inCleanUp = (sentence: string): string => {
  const start = sentence.lastIndexOf('. ') + 1
  const closing = sentence
    .slice(start)
    .replace(whereInTemplate, '')
    .replaceAll(presses, (words) => (/^[A-Z]/.test(words) ? 'Clean up again' : 'clean up again'))
  return `${sentence.slice(0, start)}${closing}`
}
