import type { YamlPath } from '../templates/yaml-source.ts'
import type { RightParts } from './right-parts.ts'

interface About {
  /** The secrets that the steps of a template need, by its name. */
  readonly secretsOf: (template: string) => readonly string[]
  readonly placeOf: (path: YamlPath) => string
}

/** The templates that are offered where nothing says where the secrets that they need come from. */
export const credentialMistakes = (
  { credentials: atTop, clusters }: Pick<RightParts, 'credentials' | 'clusters'>,
  { secretsOf, placeOf }: About,
): readonly string[] =>
  Object.entries(clusters).flatMap(([cluster, { credentials: atCluster, templates = {} }]) =>
    Object.entries(templates).flatMap(([name, { credentials }]) => {
      if ((credentials ?? atCluster ?? atTop) !== undefined) return []
      const secrets = secretsOf(name)
      if (secrets.length === 0) return []
      const place = placeOf(['clusters', cluster, 'templates', name])
      const what = `its steps need secrets (${secrets.join(', ')}), and nothing says where they come from`
      return [`${place}: ${what}; give "credentials" here, at the cluster or at the top`]
    }),
  )
