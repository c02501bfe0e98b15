import { cureForName } from '../nearest-name.ts'
import { isWebAddress, proxyMistakes, proxyNames } from '../network/proxy-variables.ts'
import { looksSecret } from '../templates/looks-secret.ts'
import { readTemplates, TemplateError, templateNames } from '../templates/read-templates.ts'
import { parseSource, pathText } from '../templates/schema-findings.ts'
import { readYaml, type YamlPath } from '../templates/yaml-source.ts'
import { approverMistakes } from './approver-mistakes.ts'
import { clusterMistakes, unknownTemplates } from './cluster-mistakes.ts'
import { badCas, credentialsIn, unreadable } from './named-files.ts'
import { type RightParts, rightPartsOf } from './right-parts.ts'
import { type ConfigFile, configSchema } from './schema.ts'
import { Secret } from './secret.ts'

/** The configuration cannot be used. Every mistake names its place, what is wrong, and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(`The configuration cannot be used:\n${mistakes.map((mistake) => `- ${mistake}`).join('\n')}`)
    this.mistakes = mistakes
  }
}

/** Everything that the bot is told from outside, checked and frozen. */
export interface Config {
  readonly file: ConfigFile
  readonly slack: { readonly botToken: Secret; readonly appToken: Secret; readonly apiUrl: string }
  /** The tokens of shared-meta, by the name of their variable. */
  readonly sharedMetaTokens: Readonly<Record<string, Secret>>
  /** The variables that name proxies, under their names. */
  readonly proxies: Readonly<Record<string, string>>
  readonly dataDirectory: string
  readonly templatesDirectory: string
  readonly logLevel: string
}

type Environment = Readonly<Record<string, string | undefined>>

interface Sources {
  readonly environment: Environment
  /** Throws when there is no such file. */
  readonly readFile: (path: string) => string
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** A secret from NAME, or from the file that NAME_FILE names. */
const readSecret = (
  name: string,
  { environment, readFile }: Sources,
  { shape, cure, mistakes }: { shape: RegExp; cure: string; mistakes: string[] },
): Secret => {
  const path = environment[`${name}_FILE`]?.trim() || undefined
  let value = environment[name]?.trim() ?? ''
  if (path !== undefined && value !== '') mistakes.push(`${name}: given twice; unset ${name} or ${name}_FILE`)
  if (path !== undefined && value === '') {
    try {
      value = readFile(path).trim()
    } catch {
      // The reason may name more of the file system than a log should.
      mistakes.push(`${name}_FILE: the file ${path} cannot be read; check the path and its rights`)
      return new Secret('')
    }
  }
  if (value === '') mistakes.push(`${name}: is missing; ${cure}`)
  else if (!shape.test(value)) mistakes.push(`${name}: has another shape; ${cure}`)
  return new Secret(value)
}

/** The value of a variable; an empty one counts as absent, as containers set them. */
const given = (name: string, { environment }: Sources): string | undefined =>
  environment[name]?.trim() || undefined

const proxiesIn = (sources: Sources): Config['proxies'] =>
  Object.fromEntries(
    [...proxyNames, 'NO_PROXY', 'no_proxy'].flatMap((name) => {
      const value = given(name, sources)
      return value === undefined ? [] : [[name, value]]
    }),
  )

const readSettings = (
  sources: Sources,
  mistakes: string[],
): Pick<Config, 'dataDirectory' | 'templatesDirectory' | 'logLevel'> & { apiUrl: string } => {
  const logLevel = given('LOG_LEVEL', sources) ?? 'info'
  if (!levels.includes(logLevel))
    mistakes.push(`LOG_LEVEL: cannot be "${logLevel}"; ${cureForName(logLevel, levels)}`)
  const apiUrl = given('SLACK_API_URL', sources) ?? 'https://slack.com/api/'
  if (!isWebAddress(apiUrl))
    mistakes.push(`SLACK_API_URL: "${apiUrl}" is no address; give one such as https://slack.com/api/`)
  mistakes.push(...proxyMistakes((name) => sources.environment[name]))
  return {
    logLevel,
    apiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    dataDirectory: given('DATA_DIR', sources) ?? 'data',
    templatesDirectory: given('TEMPLATES_DIR', sources) ?? 'templates',
  }
}

const readText = (path: string, { readFile }: Sources, mistakes: string[]): string | undefined => {
  try {
    return readFile(path)
  } catch {
    // Whatever the reason, the cure is the same.
    mistakes.push(
      `${path}: cannot be read; copy onboard-bot.example.yml to it, or set ONBOARD_CONFIG to your file`,
    )
    return undefined
  }
}

const secretsIn = (path: string, text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line, index) => (line.split(/[\s'"]+/).some(looksSecret) ? [index + 1] : []))
    .map(
      (line) =>
        `${path}:${line}: a secret stands in the file; take it out, give it by the environment, and renew it`,
    )

/** A channel at the top holds for every cluster. */
const filledIn = <Parts extends RightParts>(file: Parts): Parts => {
  const { channel } = file
  const clusters = Object.entries(file.clusters).map(([name, one]) => [
    name,
    { ...(channel !== undefined && { channel }), ...one },
  ])
  return { ...file, clusters: Object.fromEntries(clusters) }
}

interface ReadFile {
  /** Undefined where a mistake keeps it from being read as a whole. */
  readonly file: ConfigFile | undefined
  readonly parts: RightParts
}

const readFileConfig = (
  path: string,
  { sources, templates }: { sources: Sources; templates: readonly string[] | undefined },
  mistakes: string[],
): ReadFile | undefined => {
  const text = readText(path, sources, mistakes)
  if (text === undefined) return undefined
  const source = readYaml(text)
  const { value, findings } = parseSource(configSchema, source)
  const placed = (line: number, at: YamlPath): string =>
    `${path}:${line}${at.length === 0 ? '' : `: ${pathText(at)}`}`
  const file = value && filledIn(value)
  const parts = file ?? filledIn(rightPartsOf(source.value))
  const placeOf = (at: YamlPath): string => placed(source.lineOf(at), at)
  const all = [
    ...secretsIn(path, text),
    ...findings.map(({ line, path: at, what, cure }) => `${placed(line, at)}: ${what}; ${cure}`),
    ...clusterMistakes(parts, placeOf),
    ...approverMistakes(parts, placeOf),
    ...unreadable(parts, placeOf),
    ...badCas(parts, placeOf),
    ...(templates === undefined || templates.length === 0
      ? []
      : unknownTemplates(parts, { templates, placeOf })),
  ]
  const lineOf = (mistake: string): number => Number.parseInt(mistake.slice(path.length + 1), 10)
  mistakes.push(...all.toSorted((one, other) => lineOf(one) - lineOf(other)))
  return { file, parts }
}

const tokenNamesIn = (file: RightParts): readonly string[] =>
  credentialsIn(file).flatMap(({ credentials }) =>
    'sharedMeta' in credentials ? [credentials.sharedMeta.tokenEnv] : [],
  )

const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}

/** What is wrong with the templates, so that it is named with the mistakes of the configuration. */
const findingsIn = ({ templatesDirectory }: Pick<Config, 'templatesDirectory'>): readonly string[] => {
  try {
    readTemplates(templatesDirectory)
    return []
  } catch (error) {
    if (error instanceof TemplateError) return error.findings
    throw error
  }
}

/** Reads environment and configuration file. Throws ConfigError with every mistake at once. */
export const readConfig = (environment: Environment, readFile: (path: string) => string): Config => {
  const mistakes: string[] = []
  const sources = { environment, readFile }
  const secret = (name: string, shape: RegExp, cure: string): Secret =>
    readSecret(name, sources, { shape, cure, mistakes })
  const botToken = secret(
    'SLACK_BOT_TOKEN',
    /^xox[be]\S*-\S+$/,
    'give the bot token (xoxb-…) of the installed app',
  )
  const appToken = secret(
    'SLACK_APP_TOKEN',
    /^xapp-\S+$/,
    'give an app-level token (xapp-…) with the scope connections:write',
  )
  const { apiUrl, ...settings } = readSettings(sources, mistakes)
  const path = given('ONBOARD_CONFIG', sources) ?? 'onboard-bot.yml'
  const templates = templateNames(settings.templatesDirectory)
  const read = readFileConfig(path, { sources, templates }, mistakes)
  const tokenNames = new Set(read === undefined ? [] : tokenNamesIn(read.parts))
  const tokens = [...tokenNames].map((name) => [
    name,
    secret(name, /\S/, 'give the bearer token of shared-meta'),
  ])
  if (mistakes.length > 0 || read?.file === undefined)
    throw new ConfigError([...mistakes, ...(templates === undefined ? [] : findingsIn(settings))])
  const { file } = read
  const proxies = proxiesIn(sources)
  return deepFreeze({
    file,
    slack: { botToken, appToken, apiUrl },
    sharedMetaTokens: Object.fromEntries(tokens),
    proxies,
    ...settings,
  })
}
