import type { TemplateParameter } from './ports.ts'

/** What Slack's text input takes at most. */
const longestValue = 3_000

// Line breaks and tabs are text; everything else that controls a terminal is not.
const controlCharacter = /(?![\n\t])\p{Cc}/u

/** What is wrong with a value, in a sentence for the person who typed it; undefined when it may be used. */
export const checkValue = (parameter: TemplateParameter, value: string): string | undefined => {
  if (value === '') return parameter.required ? 'This is required.' : undefined
  if (parameter.enum !== undefined && !parameter.enum.includes(value)) {
    return `This must be one of: ${parameter.enum.join(', ')}.`
  }
  if (Array.from(value).length > longestValue) return `This must have at most ${longestValue} characters.`
  if (controlCharacter.test(value)) return 'This must not contain control characters.'
  // Argo expands such tags wherever a parameter is used.
  return value.includes('{{') ? 'This must not contain "{{": Argo would expand it.' : undefined
}
