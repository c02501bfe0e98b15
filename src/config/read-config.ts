import { cureForName } from '../nearest-name.ts'
import { isWebAddress, proxyMistakes, proxyNames } from '../network/proxy-variables.ts'
import { TemplateError, templateNames } from '../templates/read-templates.ts'
import { parseSource, pathText } from '../templates/schema-findings.ts'
import { readYaml, type YamlPath } from '../templates/yaml-source.ts'
import { approverMistakes } from './approver-mistakes.ts'
import { clusterMistakes, unknownTemplates } from './cluster-mistakes.ts'
import { ConfigError, inOrderOfLines } from './config-error.ts'
import { right } from './judge.ts'
import { badCas, credentialsIn, unreadable } from './named-files.ts'
import { lookAtOffered } from './read-offered.ts'
import { readSecret } from './read-secret.ts'
import { type RightParts, rightPartsOf } from './right-parts.ts'
import { type ConfigFile, configSchema } from './schema.ts'
import type { Secret } from './secret.ts'
import { type Environment, given, type Sources } from './sources.ts'
import { isOfAnotherEncoding, textMistakes } from './text-mistakes.ts'

/** Everything that the bot is told from outside, checked and frozen. */
export interface Config {
  readonly file: ConfigFile
  /** Where a key of the file stands: its file, line and path. */
  readonly placeOf: (path: YamlPath) => string
  readonly slack: { readonly botToken: Secret; readonly appToken: Secret; readonly apiUrl: string }
  /** The tokens of shared-meta, by the name of their variable. */
  readonly sharedMetaTokens: Readonly<Record<string, Secret>>
  /** The variables that name proxies, under their names. */
  readonly proxies: Readonly<Record<string, string>>
  readonly dataDirectory: string
  readonly templatesDirectory: string
  readonly logLevel: string
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

const proxiesIn = (sources: Sources): Config['proxies'] =>
  Object.fromEntries(
    [...proxyNames, 'NO_PROXY', 'no_proxy'].flatMap((name) => {
      const value = given(name, sources)
      return value === undefined ? [] : [[name, value]]
    }),
  )

const slackApi = 'https://slack.com/api/'

/** A password may stand before an @, so that what has one is not shown. */
const apiUrlMistake = (text: string): string | undefined => {
  if (!isWebAddress(text))
    return `${text.includes('@') ? 'is' : `"${text}" is`} no address; give one such as ${slackApi}`
  const { username, password } = new URL(text)
  // What Slack calls its methods is put behind it.
  return username + password !== '' || /[?#]/.test(text)
    ? `has a user, a query or a fragment, with which no call can be made; give the address alone, such as ${slackApi}`
    : undefined
}

const readSettings = (
  sources: Sources,
  mistakes: string[],
): Pick<Config, 'dataDirectory' | 'templatesDirectory' | 'logLevel'> & { apiUrl: string } => {
  const logLevel = given('LOG_LEVEL', sources) ?? 'info'
  if (!levels.includes(logLevel))
    mistakes.push(`LOG_LEVEL: cannot be "${logLevel}"; ${cureForName(logLevel, levels)}`)
  const apiUrl = given('SLACK_API_URL', sources) ?? slackApi
  const wrongUrl = apiUrlMistake(apiUrl)
  if (wrongUrl !== undefined) mistakes.push(`SLACK_API_URL: ${wrongUrl}`)
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

interface ReadFile {
  /** Undefined where a mistake keeps it from being read as a whole. */
  readonly file: ConfigFile | undefined
  readonly parts: RightParts
  readonly placeOf: Config['placeOf']
  readonly mistakes: readonly string[]
}

const readFileConfig = (
  path: string,
  { sources, templates }: { sources: Sources; templates: readonly string[] | undefined },
  mistakes: string[],
): ReadFile | undefined => {
  const text = readText(path, sources, mistakes)
  if (text === undefined) return undefined
  if (isOfAnotherEncoding(text)) {
    mistakes.push(`${path}: is not UTF-8; save the file as UTF-8`)
    return undefined
  }
  const source = readYaml(text)
  const { value, findings } = parseSource(configSchema, source)
  const placed = (line: number, at: YamlPath): string =>
    `${path}:${line}${at.length === 0 ? '' : `: ${pathText(at)}`}`
  const parts = value ?? rightPartsOf(source.draft)
  const placeOf = (at: YamlPath): string => placed(source.lineOf(at), at)
  const found = [
    ...textMistakes(path, text),
    ...findings.map(({ line, path: at, what, cure }) => `${placed(line, at)}: ${what}; ${cure}`),
    ...clusterMistakes(parts, placeOf),
    ...approverMistakes(parts, placeOf),
    ...unreadable(parts, placeOf),
    ...badCas(parts, placeOf),
    ...(templates === undefined || templates.length === 0
      ? []
      : unknownTemplates(parts, { templates, placeOf })),
  ]
  return { file: value, parts, placeOf, mistakes: found }
}

const tokenNamesIn = (file: RightParts): readonly string[] =>
  credentialsIn(file).flatMap(({ credentials }) => {
    // Beside another source it may be the one to go.
    const isOnly = 'sharedMeta' in credentials && Object.keys(credentials).length === 1
    return right((isOnly ? right(credentials.sharedMeta) : undefined)?.tokenEnv) ?? []
  })

const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}

/** The tokens that the file asks for, under the names of their variables. */
const readTokens = (
  read: ReadFile | undefined,
  sources: Sources,
  mistakes: string[],
): Config['sharedMetaTokens'] => {
  const names = new Set(read === undefined ? [] : tokenNamesIn(read.parts))
  const about = { shape: /\S/, cure: 'give the bearer token of shared-meta', mistakes }
  return Object.fromEntries([...names].map((name) => [name, readSecret(name, sources, about)]))
}

const readSlackTokens = (
  sources: Sources,
  mistakes: string[],
): Pick<Config['slack'], 'botToken' | 'appToken'> => {
  const secret = (name: string, shape: RegExp, cure: string): Secret =>
    readSecret(name, sources, { shape, cure, mistakes })
  return {
    botToken: secret(
      'SLACK_BOT_TOKEN',
      /^xox[be]\S*-\S+$/,
      'give the bot token (xoxb-…) of the installed app',
    ),
    appToken: secret(
      'SLACK_APP_TOKEN',
      /^xapp-\S+$/,
      'give an app-level token (xapp-…) with the scope connections:write',
    ),
  }
}

/** All that is wrong, the mistakes of the file in the order of its lines. */
const allMistakes = (
  read: ReadFile | undefined,
  {
    around,
    tokens,
    templatesDirectory,
  }: { around: readonly string[]; tokens: readonly string[] } & Pick<Config, 'templatesDirectory'>,
): readonly string[] => {
  const { parts = {}, placeOf = pathText, mistakes = [] } = read ?? {}
  const { templates, mistakes: more } = lookAtOffered(parts, { templatesDirectory, placeOf })
  const findings = templates instanceof TemplateError ? templates.findings : []
  return [...around, ...inOrderOfLines([...mistakes, ...more]), ...tokens, ...findings]
}

/** Reads environment and configuration file. Throws ConfigError with every mistake at once. */
export const readConfig = (environment: Environment, readFile: (path: string) => string): Config => {
  const around: string[] = []
  const tokens: string[] = []
  const sources = { environment, readFile }
  const slackTokens = readSlackTokens(sources, around)
  const { apiUrl, ...settings } = readSettings(sources, around)
  const path = given('ONBOARD_CONFIG', sources) ?? 'onboard-bot.yml'
  const templates = templateNames(settings.templatesDirectory)
  const read = readFileConfig(path, { sources, templates }, around)
  const sharedMetaTokens = readTokens(read, sources, tokens)
  const isWrong = around.length + tokens.length + (read?.mistakes.length ?? 0) > 0
  if (isWrong || read?.file === undefined)
    throw new ConfigError(allMistakes(read, { ...settings, around, tokens }))
  const { file, placeOf } = read
  return deepFreeze({
    file,
    placeOf,
    slack: { ...slackTokens, apiUrl },
    sharedMetaTokens,
    proxies: proxiesIn(sources),
    ...settings,
  })
}
