import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { ConfigError } from '../../src/config/config-error.ts'
import { readConfig } from '../../src/config/read-config.ts'

const file = `installation: acme
channel: C0ONBOARD
policy: { approve: [S0PLATFORM] }
credentials: { sharedMeta: { url: https://meta.example.com } }
clusters:
  prod-eu:
    kubernetes: { inCluster: true }
    argo: { url: https://argo.example.com, namespace: shared, serviceAccount: onboard-bot }
    stepsImage: registry.example.com/steps:1
    templates: { sap-btp: {} }
`

type Environment = Readonly<Record<string, string | undefined>>

const right: Environment = {
  SLACK_BOT_TOKEN: 'xoxb-1-2',
  SLACK_APP_TOKEN: 'xapp-1-2',
  SHARED_META_TOKEN: 'meta',
}

/** What stands in files, by their paths. */
const files: Readonly<Record<string, string>> = {
  'onboard-bot.yml': file,
  '/run/empty': '\n',
  '/run/example': 'x...\n',
  '/run/other': 'other\n',
}

const readFile = (path: string): string => {
  const text = files[path]
  if (text === undefined) throw new Error('ENOENT')
  return text
}

const mistakesIn = (environment: Environment): readonly string[] => {
  try {
    readConfig({ ...right, ...environment }, readFile)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
}

const bot = 'give the bot token (xoxb-…) of the installed app'
const app = 'give an app-level token (xapp-…) with the scope connections:write'
const meta = 'give the bearer token of shared-meta'
const proxy = 'is no address; give one such as http://proxy.example.com:3128'

/** What the example of `.env` has in the place of a secret. */
const placeholder = (name: string): string | undefined =>
  new RegExp(`^${name}=(.+)$`, 'm').exec(readFileSync('.env.example', 'utf8'))?.[1]

const secretRows = (
  name: string,
  cure: string,
): readonly (readonly [name: string, environment: Environment, says: readonly string[]])[] => [
  [name, { [name]: undefined }, [`${name}: is missing; ${cure}`]],
  [name, { [name]: '  ' }, [`${name}: is missing; ${cure}`]],
  [name, { [name]: placeholder(name) }, [`${name}: is still that of .env.example; ${cure}`]],
  [
    `${name}_FILE`,
    { [name]: undefined, [`${name}_FILE`]: '/nowhere' },
    [`${name}_FILE: the file /nowhere cannot be read; check the path and its rights`],
  ],
  [
    `${name}_FILE`,
    { [name]: undefined, [`${name}_FILE`]: 'the-secret-itself' },
    [`${name}_FILE: the file that it names cannot be read; check the path and its rights`],
  ],
  ...['xoxb-1-€', 'xapp-1\n2', 'a\u0000b'].map((value): readonly [string, Environment, readonly string[]] => [
    name,
    { [name]: value },
    [`${name}: has a line break or another character that no token has; ${cure}`],
  ]),
  [`${name}_FILE`, { [`${name}_FILE`]: '/nowhere' }, [`${name}: given twice; unset ${name} or ${name}_FILE`]],
  [
    `${name}_FILE`,
    { [name]: '', [`${name}_FILE`]: '/run/empty' },
    [`${name}_FILE: the file /run/empty is empty; ${cure}`],
  ],
  [
    `${name}_FILE`,
    { [name]: '', [`${name}_FILE`]: '/run/example' },
    [`${name}_FILE: what /run/example holds is still that of .env.example; ${cure}`],
  ],
]

const rows = [
  ...secretRows('SLACK_BOT_TOKEN', bot),
  ['SLACK_BOT_TOKEN', { SLACK_BOT_TOKEN: 'xapp-1-2' }, [`SLACK_BOT_TOKEN: has another shape; ${bot}`]],
  [
    'SLACK_BOT_TOKEN_FILE',
    { SLACK_BOT_TOKEN: '', SLACK_BOT_TOKEN_FILE: '/run/other' },
    [`SLACK_BOT_TOKEN_FILE: what /run/other holds has another shape; ${bot}`],
  ],
  ...secretRows('SLACK_APP_TOKEN', app),
  ['SLACK_APP_TOKEN', { SLACK_APP_TOKEN: 'xoxb-1-2' }, [`SLACK_APP_TOKEN: has another shape; ${app}`]],
  ...secretRows('SHARED_META_TOKEN', meta),
  [
    'SLACK_API_URL',
    { SLACK_API_URL: 'slack.com' },
    ['SLACK_API_URL: "slack.com" is no address; give one such as https://slack.com/api/'],
  ],
  [
    'SLACK_API_URL',
    { SLACK_API_URL: 'ftp://slack.com' },
    ['SLACK_API_URL: "ftp://slack.com" is no address; give one such as https://slack.com/api/'],
  ],
  [
    'SLACK_API_URL',
    { SLACK_API_URL: 'user:word@slack.com' },
    ['SLACK_API_URL: is no address; give one such as https://slack.com/api/'],
  ],
  ...['https://user:word@slack.com/api/', 'https://slack.com/api/?x=1', 'https://slack.com/api/#x'].map(
    (url) =>
      [
        'SLACK_API_URL',
        { SLACK_API_URL: url },
        [
          'SLACK_API_URL: has a user, a query or a fragment, with which no call can be made; give the address alone, such as https://slack.com/api/',
        ],
      ] as const,
  ),
  [
    'ONBOARD_CONFIG',
    { ONBOARD_CONFIG: '/nowhere.yml' },
    ['/nowhere.yml: cannot be read; copy onboard-bot.example.yml to it, or set ONBOARD_CONFIG to your file'],
  ],
  ['LOG_LEVEL', { LOG_LEVEL: 'inffo' }, ['LOG_LEVEL: cannot be "inffo"; did you mean "info"?']],
  [
    'LOG_LEVEL',
    { LOG_LEVEL: 'loud and clear' },
    ['LOG_LEVEL: cannot be "loud and clear"; there is: trace, debug, info, warn, error, fatal, silent'],
  ],
  ...['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'].map(
    (name) => [name, { [name]: 'user:word@proxy' }, [`${name}: ${proxy}`]] as const,
  ),
] as const

/** These name folders, which the process looks at when it starts. */
const folders = ['DATA_DIR', 'TEMPLATES_DIR']
/** A list of any names. */
const lists = ['NO_PROXY', 'no_proxy']

describe('a mistake in the environment is named with its cure', () => {
  it('and the environment that the table is made from has none', () => {
    expect(mistakesIn({})).toEqual([])
  })

  it.each(rows)('%s of %j', (_name, environment, says) => {
    expect(mistakesIn(environment)).toEqual(says)
  })

  it('every variable that is read is in the table', () => {
    const read = new Set<string>()
    const watched = new Proxy(right, {
      get: (all: Environment, name: string) => {
        read.add(name)
        return all[name]
      },
    })
    readConfig(watched, readFile)
    const known = new Set<string>([...rows.map(([name]) => name), ...folders, ...lists])
    expect([...read].filter((name) => !known.has(name))).toEqual([])
    expect(read.size).toBeGreaterThan(10)
  })

  it('every variable that is read is in the documentation', () => {
    const page = readFileSync('docs/configuration.md', 'utf8')
    const names = [...rows.map(([name]) => name), ...folders, ...lists].filter(
      (name) => name === name.toUpperCase(),
    )
    expect(names.filter((name) => !page.includes(name))).toEqual([])
  })

  it('an empty variable counts as absent', () => {
    const names = ['SLACK_API_URL', 'ONBOARD_CONFIG', 'LOG_LEVEL', 'DATA_DIR', 'TEMPLATES_DIR', 'HTTPS_PROXY']
    const empty = Object.fromEntries(names.map((name) => [name, '']))
    const { dataDirectory, templatesDirectory, logLevel, slack } = readConfig(
      { ...right, ...empty },
      readFile,
    )
    expect([dataDirectory, templatesDirectory, logLevel, slack.apiUrl]).toEqual([
      'data',
      'templates',
      'info',
      'https://slack.com/api/',
    ])
  })
})

it.each([
  ['start', 1],
  ['doctor', 2],
])('npm reads .env for the script "%s", and what is set already wins', (name, exitCode) => {
  const folder = mkdtempSync(join(tmpdir(), 'onboard-bot-env-file-'))
  writeFileSync(join(folder, '.env'), 'LOG_LEVEL=inffo\nONBOARD_CONFIG=/of-the-file.yml\n')
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')))
  const [program, ...options] = (scripts[name] ?? '').split(' ')
  expect(program).toBe('node')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    options.map((one) => (one === 'src/main.ts' ? resolve(one) : one)),
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], ONBOARD_CONFIG: '/set.yml' },
      encoding: 'utf8',
      timeout: 20_000,
    },
  )
  rmSync(folder, { recursive: true })
  expect(status).toBe(exitCode)
  for (const says of ['LOG_LEVEL: cannot be "inffo"', '/set.yml: cannot be read'])
    expect(`${stdout}${stderr}`.replaceAll(/ +/g, ' ')).toContain(says)
})

describe('the process prints what is wrong with its folders, and exits 1', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'onboard-bot-environment-'))
    writeFileSync(join(folder, 'onboard-bot.yml'), file)
    writeFileSync(join(folder, 'file'), 'no folder')
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['DATA_DIR', 'file/inside', 'DATA_DIR: the folder cannot be made (ENOTDIR'],
    // Node's own recursive mkdir never comes back from there.
    ['DATA_DIR', '/proc/inside/it', 'DATA_DIR: the folder cannot be made ('],
    ['TEMPLATES_DIR', 'file', 'the folder of the templates cannot be read; check the path in TEMPLATES_DIR'],
  ])('%s of %s', (name, path, says) => {
    const environment = {
      ...right,
      ONBOARD_CONFIG: join(folder, 'onboard-bot.yml'),
      DATA_DIR: join(folder, 'data'),
      [name]: resolve(folder, path),
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, ['src/main.ts'], {
      env: { PATH: process.env['PATH'], ...environment },
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(stderr).toContain(says)
    expect(`${stdout}${stderr}`).not.toContain('    at ')
    expect(status).toBe(1)
  })

  it('beside every other mistake, and once', () => {
    const environment = { ...right, LOG_LEVEL: 'inffo', DATA_DIR: join(folder, 'file', 'inside') }
    const { status, stderr } = spawnSync(process.execPath, ['src/main.ts'], {
      env: { PATH: process.env['PATH'], ONBOARD_CONFIG: join(folder, 'onboard-bot.yml'), ...environment },
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(stderr.match(/^- [A-Z_]+/gm)).toEqual(['- LOG_LEVEL', '- DATA_DIR'])
    expect(status).toBe(1)
  })
})
