/** A name as it was typed on a keyboard: Slack's clients make typographic quotes and dashes of plain ones. */
export const straightened = (name: string): string =>
  name
    .replaceAll(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replaceAll(/[\u2018\u2019\u201a]/g, "'")
    .replaceAll(/[\u2010-\u2013\u2212]/g, '-')
    .replaceAll('\u2014', '--')

// With should_escape Slack sends <#C1|name>, <@U1|name> and <http://a|a> for what people typed as text. A "<" within them
// would be an escape: none of these looks past one, so that each character is looked at once.
const unescaped = (text: string): string =>
  text
    .replaceAll(/<([#@])[^<>|]*\|([^<>]+)>/g, '$1$2')
    .replaceAll(/<![^<>|]*\|@?([^<>]+)>/g, '@$1')
    .replaceAll(/<((?:https?|mailto):[^<>|]*)(?:\|[^<>]*)?>/g, '$1')
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

/** Finds the next place in a text that is wanted, from `begin` on; each is looked at once, since `begin` only grows. */
const createFinder = (
  text: string,
  isWanted: (at: number) => boolean,
): ((begin: number) => number | undefined) => {
  let at = 0
  return (begin) => {
    at = Math.max(at, begin)
    while (at < text.length && !isWanted(at)) at += 1
    return at < text.length ? at : undefined
  }
}

/** Tells where the quote that stands at `begin` ends; undefined when it is never closed. `begin` only grows. */
const createQuoteEnds = (text: string): ((begin: number) => number | undefined) => {
  const isLast = (at: number): boolean => at + 1 === text.length || /\s/u.test(text.charAt(at + 1))
  const finders = new Map<string, ReturnType<typeof createFinder>>()
  const next = (begin: number, quotes: string, { atEnd }: { atEnd: boolean }): number | undefined => {
    const name = `${atEnd} ${quotes}`
    const find =
      finders.get(name) ??
      createFinder(text, (at) => quotes.includes(text.charAt(at)) && (!atEnd || isLast(at)))
    finders.set(name, find)
    return find(begin + 1)
  }
  return (begin) => {
    const quote = text.charAt(begin)
    const isSingle = singles.includes(quote)
    const own = endings[quote] ?? ''
    return (
      // Within a value of single quotes an apostrophe ends nothing.
      (isSingle ? next(begin, own, { atEnd: true }) : undefined) ??
      next(begin, own, { atEnd: false }) ??
      // One of the two quotes may have been made typographic, and the other not.
      next(begin, isSingle ? singles : doubles, { atEnd: true })
    )
  }
}

// Outside quotes Slack has made an apostrophe of a plain one, and there is nothing else to keep.
const apostrophes = (word: string): string =>
  word.replaceAll(/[\u2018\u2019]/g, "'").replaceAll(/[\u201c\u201d]/g, '"')

/** Cuts what was typed after a command at spaces outside quotes. A quoted text stays as it was typed; undefined when a quote is never closed. */
export const typedWords = (typed: string): readonly string[] | undefined => {
  const text = unescaped(typed)
  const endOfQuote = createQuoteEnds(text)
  const words: string[] = []
  let pieces: string[] = []
  const endWord = (): void => {
    if (pieces.length > 0) words.push(pieces.join(''))
    pieces = []
  }
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    // A quote inside a word is an apostrophe; at its beginning or after = it opens a quoted value.
    const opens = character in endings && (pieces.length === 0 || pieces.at(-1)?.endsWith('=') === true)
    if (opens) {
      const end = endOfQuote(at)
      if (end === undefined) return undefined
      // An empty value leaves the = before it the last of the word.
      if (end > at + 1 || pieces.length === 0) pieces.push(text.slice(at + 1, end))
      at = end
    } else if (/\s/u.test(character)) {
      endWord()
    } else {
      pieces.push(apostrophes(character))
    }
  }
  endWord()
  return words
}
