import type { Templates } from '../onboarding/ports/templates.ts'
import { readTemplates, secretsNeeded, TemplateError } from '../templates/read-templates.ts'
import type { YamlPath } from '../templates/yaml-source.ts'
import { ConfigError, inOrderOfLines } from './config-error.ts'
import { credentialMistakes } from './credential-mistakes.ts'
import { kubeconfigMistakes } from './kubeconfig-mistakes.ts'
import type { RightParts } from './right-parts.ts'

interface About {
  readonly templatesDirectory: string
  /** Where a key of the configuration file stands, as people read it. */
  readonly placeOf: (path: YamlPath) => string
}

type Parts = Pick<RightParts, 'credentials' | 'clusters'>

const templatesIn = (directory: string): Templates | TemplateError => {
  try {
    return readTemplates(directory)
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
}

/** The templates, and what is wrong with what the configuration names for them and for the clusters. */
export const lookAtOffered = (
  parts: Parts,
  { templatesDirectory, placeOf }: About,
): { readonly templates: Templates | TemplateError; readonly mistakes: readonly string[] } => {
  const templates = templatesIn(templatesDirectory)
  const secretsOf = (name: string): readonly string[] => secretsNeeded(templatesDirectory, name)
  const credentials = credentialMistakes(parts, { secretsOf, placeOf })
  return { templates, mistakes: [...kubeconfigMistakes(parts, placeOf), ...credentials] }
}

/** The templates, where they and all that is named for them are in order. Throws TemplateError or ConfigError. */
export const readOffered = ({ file, ...about }: About & { readonly file: Parts }): Templates => {
  const { templates, mistakes } = lookAtOffered(file, about)
  const findings = templates instanceof TemplateError ? templates.findings : []
  if (mistakes.length > 0) throw new ConfigError([...inOrderOfLines(mistakes), ...findings])
  if (templates instanceof TemplateError) throw templates
  return templates
}
