import { createCatalogue } from '../../config/catalogue.ts'
import type { Config } from '../../config/read-config.ts'
import type { Catalogue, Terms } from '../../onboarding/ports/catalogue.ts'
import type { Template, Templates } from '../../onboarding/ports/templates.ts'
import { readTemplates, TemplateError } from '../../templates/read-templates.ts'

/** The templates and where they are offered. */
export interface Offers {
  readonly templates: Templates
  readonly catalogue: Catalogue
}

/** One template on one cluster. */
export interface Offer {
  readonly cluster: string
  readonly template: Template
  readonly terms: Terms
}

/** Reads the templates as the bot does at its start; gives what is wrong with them where they cannot be used. */
export const readOffers = (config: Config): Offers | readonly string[] => {
  try {
    return { templates: readTemplates(config.templatesDirectory), catalogue: createCatalogue(config) }
  } catch (error) {
    if (error instanceof TemplateError) return error.findings
    throw error
  }
}

/** Everything that is offered, in the order of the configuration. */
export const offersIn = ({ templates, catalogue }: Offers): readonly Offer[] =>
  catalogue.clusters.flatMap(({ name: cluster, templates: offered }) =>
    offered.flatMap((name) => {
      const [template, terms] = [templates.find(name), catalogue.terms(cluster, name)]
      return template === undefined || terms === undefined ? [] : [{ cluster, template, terms }]
    }),
  )
