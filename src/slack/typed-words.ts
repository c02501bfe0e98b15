/** A name as it was typed on a keyboard: Slack's clients make typographic quotes and dashes of plain ones. */
export const straightened = (name: string): string =>
  name
    .replaceAll(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replaceAll(/[\u2018\u2019\u201a]/g, "'")
    .replaceAll(/[\u2010-\u2013\u2212]/g, '-')
    .replaceAll('\u2014', '--')

// With should_escape Slack sends <#C1|name>, <@U1|name> and <http://a|a> for what people typed as text.
const unescaped = (text: string): string =>
  text
    .replaceAll(/<([#@])[^>|]*\|([^>]+)>/g, '$1$2')
    .replaceAll(/<![^>|]*\|@?([^>]+)>/g, '@$1')
    .replaceAll(/<((?:https?|mailto):[^>|]*)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

const singles = "'\u2018\u2019\u201a"
const doubles = '"\u201c\u201d\u201e\u00ab\u00bb'

/** What ends the value that each quote begins. */
const endings: Readonly<Record<string, string>> = {
  "'": "'",
  '\u2018': "\u2019'",
  '\u2019': "\u2019'",
  '\u201a': "\u2018\u2019'",
  '"': '"',
  '\u201c': '\u201d"',
  '\u201d': '\u201d"',
  '\u201e': '\u201c\u201d"',
  '\u00ab': '\u00bb',
  '\u00bb': '\u00ab',
}

/** Where the quote that stands at `begin` ends; undefined when it is never closed. */
const endOfQuote = (text: string, begin: number): number | undefined => {
  const quote = text.charAt(begin)
  const isSingle = singles.includes(quote)
  const isLast = (at: number): boolean => at + 1 === text.length || /\s/u.test(text.charAt(at + 1))
  const later = Array.from({ length: text.length - begin - 1 }, (_, index) => begin + 1 + index)
  const own = later.filter((at) => endings[quote]?.includes(text.charAt(at)) === true)
  // Within a value of single quotes an apostrophe ends nothing.
  const end = isSingle ? (own.find(isLast) ?? own[0]) : own[0]
  // One of the two quotes may have been made typographic, and the other not.
  return end ?? later.find((at) => (isSingle ? singles : doubles).includes(text.charAt(at)) && isLast(at))
}

// Outside quotes Slack has made an apostrophe of a plain one, and there is nothing else to keep.
const apostrophes = (word: string): string =>
  word.replaceAll(/[\u2018\u2019]/g, "'").replaceAll(/[\u201c\u201d]/g, '"')

/** Cuts what was typed after a command at spaces outside quotes. A quoted text stays as it was typed; undefined when a quote is never closed. */
export const typedWords = (typed: string): readonly string[] | undefined => {
  const text = unescaped(typed)
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    // A quote inside a word is an apostrophe; at its beginning or after = it opens a quoted value.
    const opens = character in endings && (word === undefined || word.endsWith('='))
    if (opens) {
      const end = endOfQuote(text, at)
      if (end === undefined) return undefined
      word = `${word ?? ''}${text.slice(at + 1, end)}`
      at = end
    } else if (/\s/u.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = `${word ?? ''}${apostrophes(character)}`
    }
  }
  return word === undefined ? words : [...words, word]
}
