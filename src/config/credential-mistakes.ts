import type { Template, Templates } from '../onboarding/ports/templates.ts'
import type { YamlPath } from '../templates/yaml-source.ts'
import type { RightParts } from './right-parts.ts'

const secretsOf = ({ onboard, cleanup }: Template, { secretsOf: read }: Templates): readonly string[] =>
  Object.keys({ ...read(onboard.text), ...read(cleanup.text) })

/** The templates that are offered where nothing says where the secrets that they need come from. */
export const credentialMistakes = (
  { credentials: atTop, clusters }: Pick<RightParts, 'credentials' | 'clusters'>,
  { templates, placeOf }: { templates: Templates; placeOf: (path: YamlPath) => string },
): readonly string[] =>
  Object.entries(clusters).flatMap(([cluster, { credentials: atCluster, templates: offered }]) =>
    Object.entries(offered).flatMap(([name, { credentials }]) => {
      const template = templates.find(name)
      if (template === undefined || (credentials ?? atCluster ?? atTop) !== undefined) return []
      const secrets = secretsOf(template, templates)
      if (secrets.length === 0) return []
      const place = placeOf(['clusters', cluster, 'templates', name])
      const what = `its steps need secrets (${secrets.join(', ')}), and nothing says where they come from`
      return [`${place}: ${what}; give "credentials" here, at the cluster or at the top`]
    }),
  )
