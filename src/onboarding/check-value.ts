import { dnsLabel } from './key.ts'
import type { Template, TemplateParameter, ValuePattern } from './ports/templates.ts'

/** What Slack's text input takes at most. */
const longestValue = 3_000

/** What a card shows of all values together: whoever approves has to see them whole. */
export const longestValues = 1_500

// Line breaks and tabs are text; everything else that controls a terminal is not.
const controlCharacter = /(?![\n\t])\p{Cc}/u

const matches = ({ pattern }: ValuePattern, value: string): boolean =>
  new RegExp(`^(?:${pattern})$`, 'u').test(value)

/** What is wrong with a value, in a sentence for the person who typed it; undefined when it may be used. */
export const checkValue = (parameter: TemplateParameter, value: string): string | undefined => {
  if (value.trim() === '') return parameter.required ? 'This is required.' : undefined
  if (parameter.enum !== undefined && !parameter.enum.includes(value)) {
    return `This must be one of: ${parameter.enum.join(', ')}.`
  }
  if (Array.from(value).length > longestValue) return `This must have at most ${longestValue} characters.`
  if (controlCharacter.test(value)) return 'This must not contain control characters.'
  if (!value.isWellFormed()) return 'This must not contain half a character.'
  // Argo expands such tags wherever a parameter is used.
  if (value.includes('{{')) return 'This must not contain "{{": Argo would expand it.'
  const { pattern } = parameter
  return pattern === undefined || matches(pattern, value) ? undefined : pattern.says
}

/** What is wrong with a namespace for a template, in a sentence; undefined when it may be used. */
export const checkNamespace = (
  namespace: string,
  template: Pick<Template, 'namespacePattern'> | undefined,
): string | undefined => {
  if (!dnsLabel.safeParse(namespace).success)
    return 'A namespace has 1 to 63 lower-case letters, digits and dashes, and begins and ends with no dash.'
  const pattern = template?.namespacePattern
  return pattern === undefined || matches(pattern, namespace) ? undefined : pattern.says
}
