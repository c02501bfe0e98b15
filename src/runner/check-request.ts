import { checkNamespace, checkValue, longestValues } from '../onboarding/check-value.ts'
import { valueOf, type Parameter } from '../onboarding/onboarding.ts'
import type { Catalogue } from '../onboarding/ports/catalogue.ts'
import type { Template, Templates } from '../onboarding/ports/templates.ts'
import { visible } from '../onboarding/visible.ts'
import type { FieldError, RequestInput } from './commands.ts'

/** The value of every parameter of the template: as given, without blanks around it, else the template's default. */
export const filledParameters = (template: Template, given: readonly Parameter[]): readonly Parameter[] =>
  template.parameters.map(({ name, default: standard = '', enum: choices }) => {
    const typed = valueOf(given, name) ?? ''
    const value = choices === undefined ? typed.trim() : typed
    return { name, value: value === '' ? standard : value }
  })

const list = (names: readonly string[]): string => names.join(', ')

interface Offered {
  readonly catalogue: Catalogue
  readonly templates: Templates
}

const checkPlace = (
  { cluster, namespace, template }: RequestInput,
  { catalogue, templates }: Offered,
): readonly FieldError[] => {
  const offered = catalogue.clusters.find(({ name }) => name === cluster)
  const place: FieldError[] = []
  if (offered === undefined) {
    const names = list(catalogue.clusters.map(({ name }) => name))
    place.push({ field: 'cluster', text: `There is no cluster "${cluster}". There is: ${names}.` })
  } else if (!offered.templates.includes(template)) {
    const text = `"${template}" is not offered on ${cluster}. There is: ${list(offered.templates)}.`
    place.push({ field: 'template', text })
  } else if (offered.paused !== undefined) {
    place.push({ field: 'cluster', text: `${cluster} is paused: ${offered.paused}` })
  }
  const text = checkNamespace(namespace, templates.find(template))
  if (text !== undefined) place.push({ field: 'namespace', text })
  return place
}

/** Each value may be right by itself, and the card still have no room for them all. */
const checkTogether = (filled: readonly Parameter[]): readonly FieldError[] => {
  const shown = filled.map(({ name, value }) => ({ name, length: visible(value).length }))
  const length = shown.reduce((sum, one) => sum + one.length, 0)
  const longest = shown.toSorted((one, other) => other.length - one.length)[0]
  if (longest === undefined || length <= longestValues) return []
  const text = `All values together may have ${longestValues} characters, so that whoever approves sees them whole; they have ${length}, this one ${longest.length}.`
  return [{ field: longest.name, text }]
}

const checkParameters = (template: Template, given: readonly Parameter[]): readonly FieldError[] => {
  const names = template.parameters.map(({ name }) => name)
  const unknown = given
    .filter(({ name }) => !names.includes(name))
    .map(({ name }) => ({
      field: name,
      text: `There is no field "${name}" in ${template.name}. There is: ${list(names)}.`,
    }))
  const filled = filledParameters(template, given)
  const wrong = template.parameters.flatMap((parameter) => {
    const text = checkValue(parameter, valueOf(filled, parameter.name) ?? '')
    return text === undefined ? [] : [{ field: parameter.name, text }]
  })
  return [...unknown, ...wrong, ...(wrong.length === 0 ? checkTogether(filled) : [])]
}

/** Every mistake in a request, each at its field; none when it may be asked. */
export const checkRequest = (input: RequestInput, offered: Offered): readonly FieldError[] => {
  const template = offered.templates.find(input.template)
  return [
    ...checkPlace(input, offered),
    ...(template === undefined ? [] : checkParameters(template, input.parameters)),
  ]
}
