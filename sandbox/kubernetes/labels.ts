type Requirement = (labels: Readonly<Record<string, string>>) => boolean

export class SelectorError extends Error {}

const operators = 'in, notin, =, ==, !=, gt, lt'

function splitRequirements(selector: string): string[] {
  const parts: string[] = ['']
  let depth = 0
  for (const char of selector) {
    if (char === '(') depth += 1
    if (char === ')') depth -= 1
    if (char === ',' && depth === 0) parts.push('')
    else parts.push((parts.pop() ?? '') + char)
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function parseRequirement(text: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text)
  if (set !== null) {
    const [, key = '', operator, list = ''] = set
    const values = list.split(',').map((value) => value.trim())
    return (labels) => {
      const value = labels[key]
      const isIn = value !== undefined && values.includes(value)
      return operator === 'in' ? isIn : !isIn
    }
  }
  const equality = /^([^\s=!]+)\s*(==|=|!=)\s*(\S*)$/.exec(text)
  if (equality !== null) {
    const [, key = '', operator, wanted] = equality
    return (labels) => (operator === '!=' ? labels[key] !== wanted : labels[key] === wanted)
  }
  const existence = /^(!?)\s*([^\s=!]+)$/.exec(text)
  if (existence !== null) {
    const [, not, key = ''] = existence
    return (labels) => (labels[key] === undefined) === (not === '!')
  }
  const found = text.split(/\s+/)[1] ?? ''
  throw new SelectorError(`unable to parse requirement: found '${found}', expected: ${operators}`)
}

/** A Kubernetes label selector as a function; throws SelectorError in the words of Kubernetes. */
export function parseLabelSelector(selector: string): Requirement {
  const requirements = splitRequirements(selector).map(parseRequirement)
  return (labels) => requirements.every((isMet) => isMet(labels))
}
