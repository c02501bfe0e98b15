import type { TemplateParameter } from './ports.ts'

/** What Slack's text input takes at most. */
const longestValue = 3_000

const hasControlCharacter = (value: string): boolean =>
  Array.from(value).some((character) => {
    const code = character.codePointAt(0) ?? 0
    return (code < 0x20 && character !== '\n' && character !== '\t') || code === 0x7f
  })

/** What is wrong with a value, in a sentence for the person who typed it; undefined when it may be used. */
export const checkValue = (parameter: TemplateParameter, value: string): string | undefined => {
  if (value === '') return parameter.required ? 'This is required.' : undefined
  if (parameter.enum !== undefined && !parameter.enum.includes(value)) {
    return `This must be one of: ${parameter.enum.join(', ')}.`
  }
  if (Array.from(value).length > longestValue) return `This must have at most ${longestValue} characters.`
  if (hasControlCharacter(value)) return 'This must not contain control characters.'
  // Argo expands such tags wherever a parameter is used.
  return value.includes('{{') ? 'This must not contain "{{": Argo would expand it.' : undefined
}
