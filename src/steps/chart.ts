import { loadAll } from 'js-yaml'
import { z } from 'zod'

import { protectedRepository } from './chart-repository.ts'
import { StepError } from './step-error.ts'

/** Which chart is installed, and how what we know becomes its values. */
export interface Chart {
  readonly chart: string
  readonly version: string
  readonly repository: string
  readonly values: object
}

/** Each profile has a chart of its own; the values are YAML in which `${name}` stands for what the step knows. */
export const chartEnvironment = z.object({
  OPERATOR_CHART: z.string().trim().min(1),
  OPERATOR_CHART_VERSION: z.string().trim().default(''),
  OPERATOR_CHART_REPOSITORY: z.string().trim().default(''),
  OPERATOR_CHART_VALUES: z.string().default('{}'),
  PROXY_CHART: z.string().trim().min(1),
  PROXY_CHART_VERSION: z.string().trim().default(''),
  PROXY_CHART_REPOSITORY: z.string().trim().default(''),
  PROXY_CHART_VALUES: z.string().default('{}'),
})

type ChartText = Omit<Chart, 'values'> & { readonly values: string }

/** The chart of the profile, as the template gives it. */
export const chartOfProfile = (
  environment: z.infer<typeof chartEnvironment> & { readonly PROFILE: string },
): ChartText =>
  environment.PROFILE === 'sap-btp-operator'
    ? {
        chart: environment.OPERATOR_CHART,
        version: environment.OPERATOR_CHART_VERSION,
        repository: environment.OPERATOR_CHART_REPOSITORY,
        values: environment.OPERATOR_CHART_VALUES,
      }
    : {
        chart: environment.PROXY_CHART,
        version: environment.PROXY_CHART_VERSION,
        repository: environment.PROXY_CHART_REPOSITORY,
        values: environment.PROXY_CHART_VALUES,
      }

const mend = 'Correct them in the template, then clean up and ask again.'

const placeholder = /\$\{([a-z-]+)\}/g

/** Fills `${name}` in every text of a document. Throws StepError for a name that there is not. */
const fill = (value: unknown, known: Readonly<Record<string, string>>): unknown => {
  if (Array.isArray(value)) return value.map((one) => fill(one, known))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, known)]))
  if (typeof value !== 'string') return value
  return value.replaceAll(placeholder, (_, name: string) => {
    if (Object.hasOwn(known, name)) return known[name] ?? ''
    const names = Object.keys(known).join(', ')
    throw new StepError('bad-input', `The chart's values ask for "${name}"; there is ${names}. ${mend}`)
  })
}

/** Reads the values as the template has them. Throws StepError. */
const readValues = (text: string): Readonly<Record<string, unknown>> => {
  const wrong = (what: string, cause?: unknown): StepError =>
    new StepError('bad-input', `The chart's values are ${what}. ${mend}`, { cause })
  let documents: readonly unknown[]
  try {
    documents = loadAll(text).filter((one) => one !== null)
  } catch (error) {
    throw wrong('no YAML', error)
  }
  if (documents.length > 1) throw wrong('more than one YAML document')
  // An empty text is no document, and has no values.
  const values = z.record(z.string(), z.unknown()).safeParse(documents[0] ?? {})
  if (!values.success) throw wrong('no map')
  return values.data
}

/** Fills what is known into the values. Throws StepError. */
export const readChart = (template: ChartText, known: Readonly<Record<string, string>>): Chart => {
  if (protectedRepository(template.chart) !== undefined)
    throw new StepError(
      'bad-input',
      "The reference of the chart holds credentials, which would stand on helm's command line. Name the chart alone in the template, and its repository with them in the variable that ends in _REPOSITORY; then clean up and ask again.",
    )
  return { ...template, values: z.looseObject({}).parse(fill(readValues(template.values), known)) }
}
