import { cureForName } from '../../nearest-name.ts'
import type { Parameter } from '../../onboarding/onboarding.ts'
import type { TemplateParameter } from '../../onboarding/ports/templates.ts'
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

const valueMistake = (
  { name, value }: Parameter,
  parameters: readonly TemplateParameter[],
): string | undefined => {
  const parameter = parameters.find((one) => one.name === name)
  if (parameter === undefined) {
    const names = parameters.map((one) => one.name)
    return `There is no field "${plain(name, 100)}". ${orElse(name, names)}`
  }
  if (value.length > longestInput)
    return `The value of ${name} is too long: it has at most ${longestInput} characters.`
  const choices = parameter.enum ?? [value]
  return value === '' || choices.includes(value)
    ? undefined
    : `"${plain(value, 100)}" is no choice for ${name}. ${orElse(value, choices)}`
}

/** What could not even be shown in the form, and would be lost; everything else is told at its field. */
export const mistakeIn = ({ catalogue, templates }: Context, prefill: Prefill): string | undefined => {
  if ((prefill.namespace ?? '').length > longestNamespace)
    return `The namespace is too long: it has at most ${longestNamespace} characters.`
  const offered = catalogue.clusters.find(({ name }) => name === prefill.cluster) ?? catalogue.clusters[0]
  const parameters = templates.find(prefill.template ?? offered?.templates[0] ?? '')?.parameters ?? []
  return prefill.values
    .map((value) => valueMistake(value, parameters))
    .find((mistake) => mistake !== undefined)
}
