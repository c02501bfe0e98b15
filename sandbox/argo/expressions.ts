const unresolved = /\{\{\s*([^}]+?)\s*\}\}/g

/** `text` with every `{{name}}` that `scope` knows replaced; the others stay as they are. */
export function substitute(text: string, scope: Readonly<Record<string, string>>): string {
  return text.replaceAll(unresolved, (whole, name: string) => scope[name] ?? whole)
}

class ExpressionError extends Error {}

type Value = string | boolean

const tokenPattern = /\s*(&&|\|\||==|!=|=~|!~|>=|<=|>|<|!|\(|\)|"[^"]*"|'[^']*'|[^\s()=!<>&|]+)/gy

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  tokenPattern.lastIndex = 0
  let end = 0
  for (let match = tokenPattern.exec(text); match !== null; match = tokenPattern.exec(text)) {
    tokens.push(match[1] ?? '')
    end = tokenPattern.lastIndex
  }
  if (text.slice(end).trim() !== '') throw new ExpressionError(`Invalid 'when' expression: ${text}`)
  return tokens
}

const isNumber = (value: string): boolean => value !== '' && Number.isFinite(Number(value))

function compare(operator: string, left: Value, right: Value): boolean {
  const [a, b] = [String(left), String(right)]
  const order = isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a.localeCompare(b)
  switch (operator) {
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '=~':
      return new RegExp(b).test(a)
    case '!~':
      return !new RegExp(b).test(a)
    case '>':
      return order > 0
    case '<':
      return order < 0
    case '>=':
      return order >= 0
    default:
      return order <= 0
  }
}

const comparisons = new Set(['==', '!=', '=~', '!~', '>', '<', '>=', '<='])

const isTrue = (value: Value): boolean => value === true || value === 'true'

/** Evaluates a `when` condition: words, quoted text, comparisons, `!`, `&&`, `||`, parentheses. */
export function evaluate(text: string, words: Readonly<Record<string, Value>> = {}): boolean {
  const tokens = tokensOf(text)
  let at = 0
  const primary = (): Value => {
    const token = tokens[at]
    at += 1
    if (token === undefined) throw new ExpressionError(`Invalid 'when' expression: ${text}`)
    if (token === '!') return !isTrue(primary())
    if (token === '(') {
      const inner = either()
      at += 1
      return inner
    }
    if (/^['"]/.test(token)) return token.slice(1, -1)
    return words[token] ?? token
  }
  const comparison = (): Value => {
    const left = primary()
    const operator = tokens[at]
    if (operator === undefined || !comparisons.has(operator)) return left
    at += 1
    return compare(operator, left, primary())
  }
  const both = (): Value => {
    let value = comparison()
    while (tokens[at] === '&&') {
      at += 1
      const right = comparison()
      value = isTrue(value) && isTrue(right)
    }
    return value
  }
  const either = (): Value => {
    let value = both()
    while (tokens[at] === '||') {
      at += 1
      const right = both()
      value = isTrue(value) || isTrue(right)
    }
    return value
  }
  return isTrue(either())
}
