import { cureForName } from '../../nearest-name.ts'
import { checkNamespace, checkValue } from '../../onboarding/check-value.ts'
import type { Parameter } from '../../onboarding/onboarding.ts'
import type { Template, TemplateParameter } from '../../onboarding/ports/templates.ts'
import { subcommands } from '../command-line.ts'
import type { Prefill } from '../messages/form.ts'
import { plain } from '../messages/text.ts'
import type { Context } from './context.ts'

/** What Slack's fields take at most (characters); a longer text would be cut. */
const longestNamespace = 63
const longestInput = 3_000

/** "Did you mean ...?" where a name is near, else the names that there are; `more` are near but not listed. */
const orElse = (typed: string, names: readonly string[], more: readonly string[] = []): string => {
  const meant = cureForName(typed, [...names, ...more])
  return meant.startsWith('did you mean') ? `Did${meant.slice(3)}` : `There is: ${names.join(', ')}.`
}

/** The place that was typed, completed where there is only one choice; or what is wrong with it, as plain text. */
export const placeOf = ({ catalogue }: Context, words: readonly string[]): Prefill | string => {
  const [cluster, namespace, template] = words
  const offered = catalogue.clusters.find(({ name }) => name === cluster)
  if (cluster !== undefined && offered === undefined) {
    const names = catalogue.clusters.map(({ name }) => name)
    return `There is no cluster "${plain(cluster, 100)}". ${orElse(cluster, names, subcommands)}`
  }
  if (template !== undefined && offered?.templates.includes(template) !== true)
    return `"${plain(template, 100)}" is not offered there. ${orElse(template, offered?.templates ?? [])}`
  return {
    values: [],
    ...(cluster !== undefined && { cluster }),
    ...(namespace !== undefined && { namespace }),
    ...(template !== undefined && { template }),
  }
}

/** The template that is meant, and the others that are offered where it is. */
interface Meant {
  readonly template: string
  readonly parameters: readonly TemplateParameter[]
  readonly others: readonly Pick<Template, 'name' | 'parameters'>[]
}

const noSuchField = (typed: string, { template, parameters, others }: Meant): string => {
  const other = others.find((one) => one.parameters.some(({ name }) => name === typed))
  const names = parameters.map(({ name }) => name)
  const meant = cureForName(typed, names)
  return [
    `There is no field "${plain(typed, 100)}" in ${template}.`,
    ...(other === undefined ? [] : [`${other.name} has it: type that name after the namespace.`]),
    ...(other === undefined && meant.startsWith('did you mean') ? [`Did${meant.slice(3)}`] : []),
    names.length === 0 ? 'It has none.' : `There is: ${names.join(', ')}.`,
  ].join(' ')
}

const valueMistake = ({ name, value }: Parameter, meant: Meant): string | undefined => {
  const parameter = meant.parameters.find((one) => one.name === name)
  if (parameter === undefined) return noSuchField(name, meant)
  if (value.length > longestInput)
    return `The value of ${name} is too long: it has at most ${longestInput} characters.`
  if (value.trim() === '') return undefined
  if (parameter.enum?.includes(value) === false)
    return `"${plain(value, 100)}" is no choice for ${name}. ${orElse(value, parameter.enum)}`
  const wrong = checkValue(parameter, value.trim())
  return wrong && `"${plain(value, 100)}" cannot be ${name}. ${wrong}`
}

const namespaceMistake = (namespace: string, template: Template | undefined): string | undefined => {
  if (namespace.length > longestNamespace)
    return `The namespace is too long: it has at most ${longestNamespace} characters.`
  const wrong = checkNamespace(namespace, template)
  return wrong && `"${plain(namespace, 100)}" cannot be the namespace. ${wrong}`
}

/** What the form would refuse of what was typed; what is not there yet is asked for by the form. */
export const mistakeIn = ({ catalogue, templates }: Context, prefill: Prefill): string | undefined => {
  const offered = catalogue.clusters.find(({ name }) => name === prefill.cluster) ?? catalogue.clusters[0]
  const all = offered?.templates ?? []
  const template = prefill.template ?? all[0] ?? ''
  const found = templates.find(template)
  const { parameters = [] } = found ?? {}
  const others = all.filter((name) => name !== template).flatMap((name) => templates.find(name) ?? [])
  const { namespace } = prefill
  const mistakes = [
    namespace === undefined ? undefined : namespaceMistake(namespace, found),
    ...prefill.values.map((value) => valueMistake(value, { template, parameters, others })),
  ].filter((mistake) => mistake !== undefined)
  return mistakes.length === 0 ? undefined : mistakes.join('\n')
}
