const hidden = '[secret]'

// Only the end of a name tells: DB_PASSWORD, clientSecret and aws_secret_access_key hold a secret, tokenFile does not.
const telling = [
  'secret',
  'passw(?:or)?d',
  'passphrase',
  'passcode',
  'pwd',
  'token',
  'credential',
  '(?:api|access|account|client|encryption|master|private|secret|shared|signing|ssh)[_.-]?key',
  '(?<=[a-z0-9][_.-])(?:pass|pw)',
  '(?<![\\w-])(?:pass|pw)(?=[ \\t]*=)',
  '(?<=[a-z0-9][_-])pat',
].join('|')
const suffix = '(?:[_.-]?(?:data|value|base64|b64|base|old|new|\\d{1,3})){0,2}'
/** Headers whose value is the rest of the line. */
const headers = 'authorization|cookie'
/** Between a name and its value in a list of such, as in the environment of a container. */
const entry = '(?:,|\\s|\\\\+n)\\s{0,40}(?:\\\\*["\'])?value(?:\\\\*["\'])?'
const separator = '(?:=>|:=|[:=])'

/** A telling name with what stands between it and its value; a flag of a command line has a blank there. */
const nameBefore = new RegExp(
  `(?:(?<header>${headers})|(?:${telling})${suffix})(?:(?<quote>\\\\*["'])?(?:${entry})?[ \\t]*(?<sign>${separator})[ \\t]*|(?<=--[\\w-]{0,60})[ \\t]+(?!-))`,
  'gi',
)

const openingQuote = /(\\*)(["'])/y
const bareNumber = /-?\d[\d.eE+-]*(?=[\s,}\]]|$)/y
const restOfLine = /[^"'\\\r\n]+/y
// What separates values ends one where another name, a blank or a quote follows; else it may be part of it.
const bareValue = /(?:[^\s"'\\,;&]|[,;&](?![\s"'\\]|$|[\w.-]+\\*["']?[=:])|'(?=\w)|\\(?![nrtbfu"'\\])){3,}/y

/** The end of a word, and not of its first part: no value goes on behind it. */
const wordEnd = '(?=$|\\s|[,;.:!?)}\\]"\'\\\\]+(?:$|[\\s"\'\\\\]))'

/** Bare values that hide nothing: literals, references, another telling name, what is hidden already, and a list or map. */
const harmless = new RegExp(
  [
    `(?:${telling})${suffix}[ \\t]*${separator}`,
    `(?:true|false|null|none|nil|undefined)${wordEnd}`,
    '\\[secret\\](?!\\w)|\\*\\*\\*|\\$[{(]|\\{\\{[^{}\\n]{0,200}\\}\\}',
    '[{[](?:[\\s"\'\\\\}\\]]|$|[\\w.-]+["\']?:)',
  ].join('|'),
  'iy',
)
/** What comes behind a quote that ends a text of JSON. */
const endOfText = /\\*["'](?=\s*(?:[}\]]|,\s*(?:\\*["']|[\d{[])|$))/y
/** A word in the middle of a sentence, as after "cannot read the secret: "; a value stands alone. */
const word = /[A-Z]?[a-z]{1,15}(?=\s+[a-z"'(])/y
/** Words that begin a sentence about a name, not its value. */
const sentence = new RegExp(
  `(?:an?|and|are|argo|be|but|can|cannot|could|denied|did|do|does|empty|error|expired|failed|for|forbidden|found|from|given?|gives|has|have|in|invalid|is|its?|kubernetes|may|missing|must|needs?|neither|never|no|not|nothing|of|or|put|read|required|set|should|slack|something|that|the|there|this|to|unknown|unset|used?|uses|was|what|will|with|would|wrong)${wordEnd}`,
  'iy',
)

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** Where a quoted text ends, or its line. In JSON inside JSON a quote has backslashes before it. */
const endOfQuoted = (
  text: string,
  begin: number,
  { quote, depth }: { quote: string; depth: number },
): number => {
  let slashes = 0
  let other: number | undefined
  let at = begin
  for (; at < text.length && text[at] !== '\n'; at += 1) {
    const isEnd = text[at] === quote && (slashes <= depth || (slashes - depth) % (2 * depth + 2) === 0)
    if (isEnd) return at - Math.min(slashes, depth)
    // One that is never closed ends with the text of JSON that it is in.
    if (text[at] === '"') {
      if (matchAt(endOfText, text, at - slashes) !== undefined) return at - slashes
      other ??= at - slashes
    }
    slashes = text[at] === '\\' ? slashes + 1 : 0
  }
  return other ?? at
}

interface Hidden {
  readonly begin: number
  readonly end: number
  readonly shown: string
}

const quotedValue = (text: string, at: number): Hidden | undefined => {
  const opening = matchAt(openingQuote, text, at)
  if (opening === undefined) return undefined
  const begin = at + opening.length
  const end = endOfQuoted(text, begin, { quote: opening.slice(-1), depth: opening.length - 1 })
  return { begin, end, shown: end === begin ? '' : hidden }
}

const bare = (text: string, begin: number, { isHeader }: { isHeader: boolean }): Hidden | undefined => {
  const value = matchAt(isHeader ? restOfLine : bareValue, text, begin)
  return value === undefined ? undefined : { begin, end: begin + value.length, shown: hidden }
}

/** A telling name that was found: its text up to the value, and what is before it. */
interface Named {
  readonly text: string
  /** Where the value begins. */
  readonly begin: number
  readonly name: string
  /** Whether nothing makes a longer name of it. */
  readonly isAlone: boolean
  /** The quote behind a quoted name. */
  readonly quote: string | undefined
  readonly sign: string | undefined
}

// "token: is missing" tells of a token; "token=is" has none but that.
const isSentence = ({ text, begin, name, sign }: Named): boolean =>
  name.endsWith(' ') && sign !== '=' && matchAt(sentence, text, begin) !== undefined

// Kubernetes writes of what has a name: `volume "run-secret" : secret "shop-run" not found`.
const isProse = ({ text, begin, name, isAlone }: Named): boolean =>
  ((isAlone && /^(?:secret|token|credential): $/i.test(name)) || /["'] : $/.test(name)) &&
  matchAt(word, text, begin) !== undefined

// A shell's own folder.
const isFolder = ({ text, begin, name, isAlone }: Named): boolean =>
  isAlone && /^pwd=$/i.test(name) && text[begin] === '/'

const isNested = ({ text, begin, quote }: Named): boolean =>
  quote !== undefined && /[[{]/.test(text.charAt(begin))

const tellsNothing = (named: Named): boolean =>
  matchAt(harmless, named.text, named.begin) !== undefined ||
  [isSentence, isProse, isFolder, isNested].some((is) => is(named))

const valueAfter = (match: RegExpExecArray): Hidden | undefined => {
  const { input: text, index, groups: { header, quote, sign } = {} } = match
  const [name] = match
  const begin = index + name.length
  if (quote === undefined && matchAt(endOfText, text, begin) !== undefined) return undefined
  const quoted = quotedValue(text, begin)
  if (quoted !== undefined) return quoted
  const isAlone = !/[\w.-]/.test(text.charAt(index - 1))
  if (tellsNothing({ text, begin, name, isAlone, quote, sign })) return undefined
  const number = quote === undefined ? undefined : matchAt(bareNumber, text, begin)
  if (quote !== undefined && number !== undefined)
    return { begin, end: begin + number.length, shown: `${quote}${hidden}${quote}` }
  return bare(text, begin, { isHeader: header !== undefined })
}

/** Hides the values that stand after a name such as DB_PASSWORD. The name stays, and JSON stays JSON. */
export const hideNamedSecrets = (text: string): string => {
  let shown = ''
  let from = 0
  for (const match of text.matchAll(nameBefore)) {
    const value = match.index < from ? undefined : valueAfter(match)
    if (value !== undefined) {
      shown += `${text.slice(from, value.begin)}${value.shown}`
      from = value.end
    }
  }
  return shown + text.slice(from)
}
