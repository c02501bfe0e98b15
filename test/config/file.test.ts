import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { dump, load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ConfigError } from '../../src/config/config-error.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { readOffered } from '../../src/config/read-offered.ts'
import { configSchema } from '../../src/config/schema.ts'
import { createCertificate } from '../clusters/certificate.ts'
import { placesOf } from './keys.ts'

// Every key of the file on a line of its own, as block style writes it.
const offer = (indent: string): string =>
  `channel: C0ONBOARD
onFailure: ask
decideWithin: 72h
submitWithin: 4h
overdueAfter: 3h
policy:
  approvals: 1
  requesterMayApprove: false
  request:
    - C0ONBOARD
  approve:
    - S0PLATFORM
  extend:
    - S0PLATFORM
  stop:
    - requester
  retry:
    - requester
  cleanup:
    - requester
  cleanup-succeeded:
    - approvers
  admins:
    - U0INES
`
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${line}`))
    .join('\n')

const rightFile = (folder: string): string => `installation: acme
slack:
  classicCards: false
credentials:
  sharedMeta:
    url: https://meta.example.com
    tokenEnv: META_TOKEN
${offer('')}clusters:
  prod-eu:
    title: Production
    kubernetes:
      kubeconfig: ${folder}/kubeconfig
      context: prod
      exec: kubelogin
    argo:
      url: https://argo.example.com
      namespace: shared
      serviceAccount: onboard-bot
      caFile: ${folder}/ca.pem
      uiUrl: https://argo.example.com
    stepsImage: registry.example.com/steps:1
    paused: it is being upgraded
    pods:
      serviceAccount: onboard-steps
      imagePullSecrets:
        - registry
      nodeSelector:
        pool: large
      tolerations:
        - key: spot
          operator: Equal
          value: 'yes'
          effect: NoSchedule
          tolerationSeconds: 60
${offer('    ')}    templates:
      sap-btp:
${offer('        ')}`

const kubeconfig = `clusters:
  - { name: prod, cluster: { server: https://prod.example.com } }
  - { name: wrong, cluster: { server: prod, certificate-authority: gone.pem, proxy-url: proxy } }
  - { name: plain, cluster: { server: 'http://prod.example.com' } }
  - { name: bad-ca, cluster: { server: https://prod.example.com, certificate-authority-data: AAAA } }
contexts:
  - { name: prod, context: { cluster: prod, user: bot } }
  - { name: lost, context: { cluster: gone, user: bot } }
  - { name: wrong, context: { cluster: wrong, user: wrong } }
  - { name: nobody, context: { cluster: prod, user: gone } }
  - { name: empty, context: { cluster: prod, user: empty } }
  - { name: plain, context: { cluster: plain, user: bot } }
  - { name: bad-ca, context: { cluster: bad-ca, user: bot } }
  - { name: program, context: { cluster: prod, user: program } }
users:
  - { name: bot, user: { token: T } }
  - { name: wrong, user: { client-certificate: ca.pem, client-key: gone.key, exec: { command: /bin/other } } }
  - { name: empty, user: {} }
  - { name: program, user: { exec: { command: kubelogin } } }
`

const path = 'onboard-bot.yml'
const environment = {
  SLACK_BOT_TOKEN: 'xoxb-1-2',
  SLACK_APP_TOKEN: 'xapp-1-2',
  META_TOKEN: 'meta',
  SHARED_META_TOKEN: 'meta',
}

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-config-'))
  const { cert, key } = await createCertificate('argo.example.com')
  const broken = cert.replace(/\n[^\n]+\n/, '\nAAAA\n')
  const files = {
    kubeconfig,
    token: '',
    'ca.pem': cert,
    'key.pem': key,
    'two.pem': cert + broken,
    'tab.yaml': 'kind: Config\n\ta: b\n',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** What stands against a text, mistake by mistake. */
const mistakesIn = (text: string): readonly string[] => {
  try {
    readOffered(readConfig(environment, () => text))
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
}

const partsOf = (place: string): readonly (string | number)[] =>
  place.split(/[.[]/).map((part) => (part.endsWith(']') ? Number(part.slice(0, -1)) : part))

/** The line of a key in block style, found by its indentation; of the key that is nearest around it otherwise. */
const lineIn = (text: string, place: string): number => {
  const lines = text.split('\n')
  let line = 1
  for (const [depth, part] of partsOf(place).entries()) {
    const start = typeof part === 'number' ? '- ' : `${part}:`
    const next = lines.findIndex(
      (one, index) => (depth === 0 || index >= line) && one.startsWith(`${'  '.repeat(depth)}${start}`),
    )
    if (next < 0) return line
    line = next + 1
  }
  return line
}

interface Row {
  /** The key of the schema that is wrong; in the file `*` is prod-eu or sap-btp. */
  readonly key: string
  /** `undefined` takes the key out. */
  readonly value: unknown
  /** What is said; at the key itself unless it says where. */
  readonly says: string
  readonly at?: string
  /** What is put into the file where the key has no place in it as it is. */
  readonly puts?: { readonly key: string; readonly value: unknown }
  readonly kind: 'wrong' | 'missing' | 'unknown'
}

const inFile = (key: string): string =>
  key
    .replace('clusters.*', 'clusters.prod-eu')
    .replace('templates.*', 'templates.sap-btp')
    .replace('nodeSelector.*', 'nodeSelector.pool')
    .replace('[]', '[0]')

const wrong = (key: string, value: unknown, says: string, at = inFile(key)): Row => ({
  key,
  value,
  says,
  at,
  kind: 'wrong',
})
const missing = (key: string, cure: string): Row => ({
  key,
  value: undefined,
  says: `is missing; ${cure}`,
  kind: 'missing',
})
/** Where none of the ways to write a value is taken, none of its keys is missing. */
const missingIn = (key: string, at: string, says: string): Row => ({ ...missing(key, ''), says, at })
const unknown = (map: string, name: string, says: string): Row => ({
  key: map,
  value: 'x',
  says: `unknown name; ${says}`,
  at: inFile(map === '' ? name : `${map}.${name}`),
  kind: 'unknown',
})

const map = 'a map of names and values'
const asMap = 'write lines of "name: value"'
const label =
  'has to be a DNS label, not "Prod EU"; use at most 63 lower-case letters, digits and dashes, and no dash at the ends'
const who = (value: string): string =>
  `has to say who may, not ${value}; give a list of ids such as [U0ANNE, S0TEAM], or "allow" and "deny"`
const id = (name: string): string =>
  `has to name people, not ${name}; give the id of a user (U…), a user group (S…) or a channel (C…), or "requester" or "approvers"`
const kubernetes = (more = ''): string =>
  `has to say how the Kubernetes API is reached${more}; give "kubeconfig: PATH" or "inCluster: true"`
const source = (more = ''): string =>
  `has to say where secrets come from${more}; give "sharedMeta: { url: ... }", "secret: { name: ... }" or "directory: PATH"`
const asList = 'write [a, b], or a line "- a" for each entry'

/** Where secrets come from, at one place; the whole of it is put into the file. */
const credentialRows = (at: string): readonly Row[] => {
  const whole = inFile(`${at}credentials`)
  const of = (row: Row, value: unknown): Row => ({
    ...row,
    key: `${at}credentials${row.key === '' ? '' : `.${row.key}`}`,
    at: row.at ?? inFile(`${at}credentials.${row.key}`),
    puts: { key: `${at}credentials`, value },
  })
  const url = 'https://meta.example.com'
  return [
    of(wrong('', undefined, source(', not "shared-meta"'), whole), 'shared-meta'),
    of(wrong('', undefined, source(', not a list'), whole), ['shared-meta']),
    of({ ...unknown('', 'vault', ''), at: whole, says: source(', and has "vault"') }, { vault: 'x' }),
    of(
      { ...unknown('', 'Directory', 'did you mean "directory"?'), at: `${whole}.Directory` },
      { Directory: '/' },
    ),
    of(missingIn('directory', whole, source()), {}),
    of(missingIn('sharedMeta', whole, source()), {}),
    of(missingIn('secret', whole, source()), {}),
    of(wrong('directory', '', notText(5), `${whole}.directory`), { directory: 5 }),
    of(wrong('directory', '', 'is empty; fill it in', `${whole}.directory`), { directory: '' }),
    of(wrong('sharedMeta', '', notMap('"x"'), `${whole}.sharedMeta`), { sharedMeta: 'x' }),
    of(
      missingIn(
        'sharedMeta.url',
        `${whole}.sharedMeta.url`,
        'is missing; give one such as https://shared-meta.example.com',
      ),
      { sharedMeta: {} },
    ),
    of(
      { ...unknown('sharedMeta', 'uri', 'did you mean "url"?'), at: `${whole}.sharedMeta.uri` },
      { sharedMeta: { uri: 'x' } },
    ),
    ...['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN_FILE', 'HTTPS_PROXY', 'NODE_OPTIONS', 'PATH'].map((tokenEnv) =>
      of(
        wrong(
          'sharedMeta.tokenEnv',
          '',
          `has to name a variable that is for nothing else, not "${tokenEnv}"; give the token one of its own, such as SHARED_META_TOKEN`,
          `${whole}.sharedMeta.tokenEnv`,
        ),
        { sharedMeta: { url, tokenEnv } },
      ),
    ),
    of(
      wrong(
        'sharedMeta.url',
        '',
        address('meta', 'https://shared-meta.example.com'),
        `${whole}.sharedMeta.url`,
      ),
      { sharedMeta: { url: 'meta' } },
    ),
    of(
      wrong(
        'sharedMeta.tokenEnv',
        '',
        'has to name an environment variable, not "meta-token"; use capital letters, digits and underscores',
        `${whole}.sharedMeta.tokenEnv`,
      ),
      { sharedMeta: { url, tokenEnv: 'meta-token' } },
    ),
    of(
      { ...unknown('sharedMeta', 'uri', 'did you mean "url"?'), at: `${whole}.sharedMeta.uri` },
      { sharedMeta: { url, tokenEnv: 'META_TOKEN', uri: 'x' } },
    ),
    of(wrong('', '', 'takes one of its keys, and has sharedMeta, directory and secret; keep one', whole), {
      secret: { name: 'btp' },
      directory: '/etc',
      sharedMeta: { url },
    }),
    of(wrong('secret', '', notMap('"btp"'), `${whole}.secret`), { secret: 'btp' }),
    of(missingIn('secret.name', `${whole}.secret.name`, 'is missing; write the name of the Secret'), {
      secret: {},
    }),
    of(
      wrong(
        'secret.name',
        '',
        'has to be the name of a Secret, not "BTP key"; use lower-case letters, digits, dashes and dots',
        `${whole}.secret.name`,
      ),
      { secret: { name: 'BTP key' } },
    ),
    of(wrong('secret.namespace', '', label, `${whole}.secret.namespace`), {
      secret: { name: 'btp', namespace: 'Prod EU' },
    }),
    of(
      { ...unknown('secret', 'nmae', 'did you mean "name"?'), at: `${whole}.secret.nmae` },
      { secret: { name: 'btp', nmae: 'x' } },
    ),
  ]
}
const address = (value: string, example: string): string =>
  `has to be an address, not "${value}"; give one such as ${example}`
const listed = (names: readonly string[]): string => `there is: ${names.join(', ')}`
const notText = (value: number): string => `has to be text, not ${value}; put ${value} in quotes`
const notMap = (value: string): string => `has to be ${map}, not ${value}; ${asMap}`

const rules = ['request', 'approve', 'extend', 'stop', 'retry', 'cleanup', 'cleanup-succeeded', 'admins']

const ruleRows = (key: string): readonly Row[] => {
  const puts = (value: object): Pick<Row, 'puts'> => ({ puts: { key, value } })
  return [
    wrong(key, 'S0PLATFORM', who('"S0PLATFORM"')),
    wrong(key, null, who('nothing')),
    wrong(`${key}[]`, '@ben', id('"@ben"')),
    wrong(`${key}[]`, 7, id('7')),
    {
      ...wrong(`${key}.allow`, 'U0BEN', `has to be a list, not "U0BEN"; ${asList}`),
      ...puts({ allow: 'U0BEN' }),
    },
    { ...wrong(`${key}.allow[]`, 'ben', id('"ben"')), ...puts({ allow: ['ben'] }) },
    {
      ...wrong(`${key}.deny`, '', `has to be a list, not a map; ${asList}`),
      ...puts({ deny: { U0BEN: true } }),
    },
    { ...wrong(`${key}.deny[]`, '#ops', id('"#ops"')), ...puts({ deny: ['#ops'] }) },
    { ...unknown(key, 'alow', 'did you mean "allow"?'), ...puts({ alow: ['U0BEN'] }) },
  ]
}

const span = (value: string): string =>
  `has to be a span of time, not ${value}; write a number with s, m, h or d, such as 4h`
const channel = (value: string): string =>
  `has to be the id of a channel, not ${value}; give the C… that stands at the end of its "About" in Slack`

const offerRows = (at: string): readonly Row[] => [
  wrong(`${at}channel`, '#ops', channel('"#ops"')),
  wrong(`${at}channel`, 5, channel('5')),
  wrong(`${at}onFailure`, 'cleanup', 'cannot be "cleanup"; did you mean "clean-up"?'),
  wrong(`${at}onFailure`, true, 'cannot be true; write "ask" or "clean-up"'),
  ...['decideWithin', 'submitWithin', 'overdueAfter'].flatMap((name) => [
    wrong(`${at}${name}`, 4, span('4')),
    wrong(`${at}${name}`, '4 hours', span('"4 hours"')),
    wrong(`${at}${name}`, '0h', span('"0h"')),
    wrong(`${at}${name}`, '9999999h', 'is longer than a year; write at most 365d'),
    wrong(`${at}${name}`, null, span('nothing')),
  ]),
  wrong(`${at}policy`, ['approve'], notMap('a list')),
  wrong(`${at}policy`, null, notMap('nothing')),
  unknown(`${at}policy`, 'aprove', 'did you mean "approve"?'),
  wrong(`${at}policy.approvals`, 1.5, 'has to be a whole number, not 1.5; write a whole number such as 1'),
  wrong(`${at}policy.approvals`, 'two', 'has to be a number, not "two"; write a number such as 1'),
  wrong(`${at}policy.approvals`, -1, 'has to be at least 0; make it larger'),
  wrong(`${at}policy.approvals`, 11, 'has to be at most 10; make it smaller'),
  wrong(`${at}policy.requesterMayApprove`, 'yes', 'has to be true or false, not "yes"; write true or false'),
  ...rules.flatMap((name) => ruleRows(`${at}policy.${name}`)),
]

/** A Service stands in the place of a URL. */
const withService = (row: Row, service: unknown): Row => {
  const value = { namespace: 'shared', serviceAccount: 'onboard-bot', service }
  return { ...row, puts: { key: 'clusters.*.argo', value } }
}
const service = 'clusters.*.argo.service'
const serviceRows: readonly Row[] = [
  withService(wrong(service, '', notMap('"argo-server"')), 'argo-server'),
  withService(wrong(`${service}.name`, '', label), { name: 'Prod EU' }),
  withService(wrong(`${service}.namespace`, '', label), { namespace: 'Prod EU' }),
  withService(wrong(`${service}.port`, '', 'has to be at least 1; make it larger'), { port: 0 }),
  withService(wrong(`${service}.port`, '', 'has to be at most 65535; make it smaller'), { port: 70_000 }),
  withService(wrong(`${service}.secure`, '', 'has to be true or false, not "no"; write true or false'), {
    secure: 'no',
  }),
  withService(unknown(service, 'scheme', listed(['name', 'namespace', 'port', 'secure'])), { scheme: 'x' }),
]

const rows: readonly Row[] = [
  missing('installation', 'write a name of your own for this bot, such as "installation: acme"'),
  wrong('installation', 'Prod EU', label),
  wrong('installation', 7, notText(7)),
  unknown('', 'chanel', 'did you mean "channel"?'),
  unknown('', 'xyzzy', listed(Object.keys(configSchema.shape))),
  wrong('slack', 'socket', notMap('"socket"')),
  unknown('slack', 'token', 'there is: classicCards'),
  wrong('slack.classicCards', 1, 'has to be true or false, not 1; write true or false'),
  ...credentialRows(''),
  ...offerRows(''),
  missing('clusters', 'name a cluster below it, as onboard-bot.example.yml does'),
  wrong('clusters', {}, 'is empty; add a cluster'),
  wrong('clusters', ['prod-eu'], notMap('a list')),
  wrong('clusters.*', 'prod', notMap('"prod"')),
  unknown('clusters.*', 'stepImage', 'did you mean "stepsImage"?'),
  wrong('clusters.*.title', '', 'is empty; fill it in'),
  wrong('clusters.*.title', ' ', 'has to have words, not " "; say it, or take it out'),
  wrong('clusters.*.title', 'x'.repeat(76), 'has to be at most 75 characters; make it smaller'),
  wrong('clusters.*.title', 5, notText(5)),
  missing('clusters.*.kubernetes', 'give "kubeconfig: PATH" or "inCluster: true"'),
  wrong('clusters.*.kubernetes', 'in-cluster', kubernetes(', not "in-cluster"')),
  unknown('clusters.*.kubernetes', 'kubeconfg', 'did you mean "kubeconfig"?'),
  {
    ...missingIn('clusters.*.kubernetes.inCluster', 'clusters.prod-eu.kubernetes', kubernetes()),
    puts: { key: 'clusters.*.kubernetes', value: {} },
  },
  missing('clusters.*.kubernetes.kubeconfig', 'write the path of a kubeconfig'),
  {
    ...unknown('clusters.*.kubernetes', 'kubeConfig', 'did you mean "kubeconfig"?'),
    puts: { key: 'clusters.*.kubernetes', value: { kubeConfig: '/nowhere' } },
  },
  wrong('clusters.*.kubernetes.kubeconfig', 5, notText(5)),
  wrong('clusters.*.kubernetes.kubeconfig', '', 'is empty; fill it in'),
  wrong('clusters.*.kubernetes.context', '', 'is empty; fill it in'),
  wrong('clusters.*.kubernetes.exec', '', 'is empty; fill it in'),
  ...[false, 'yes'].map((value) => ({
    ...wrong(
      'clusters.*.kubernetes.inCluster',
      value,
      `has to be true, not ${JSON.stringify(value)}; write true, or "kubeconfig: PATH" in the place of "inCluster"`,
    ),
    puts: { key: 'clusters.*.kubernetes', value: { inCluster: value } },
  })),
  wrong(
    'clusters.*.kubernetes.inCluster',
    true,
    'takes one of its keys, and has kubeconfig and inCluster; keep one',
    'clusters.prod-eu.kubernetes',
  ),
  missing('clusters.*.argo', 'write below it at least "namespace", and "serviceAccount" or "tokenFile"'),
  wrong('clusters.*.argo', 'https://argo.example.com', notMap('"https://argo.example.com"')),
  unknown('clusters.*.argo', 'serviceaccount', 'did you mean "serviceAccount"?'),
  wrong('clusters.*.argo.url', 'ftp://argo', address('ftp://argo', 'https://argo-server:2746')),
  ...serviceRows,
  missing('clusters.*.argo.namespace', 'write the namespace of the workflows, such as "namespace: shared"'),
  wrong('clusters.*.argo.namespace', 'Prod EU', label),
  wrong('clusters.*.argo.serviceAccount', 'Prod EU', label),
  {
    ...wrong('clusters.*.argo.tokenFile', '', 'is empty; fill it in'),
    puts: { key: 'clusters.*.argo', value: { namespace: 'shared', tokenFile: '' } },
  },
  wrong('clusters.*.argo.caFile', 5, notText(5)),
  wrong(
    'clusters.*.argo.insecureSkipTlsVerify',
    'true',
    'has to be true or false, not "true"; write true or false',
  ),
  wrong('clusters.*.argo.uiUrl', 'argo', address('argo', 'https://argo.example.com')),
  missing(
    'clusters.*.stepsImage',
    'write the image of the steps, such as registry.example.com/onboard-bot-steps:0.1.0',
  ),
  wrong('clusters.*.stepsImage', '', 'is empty; fill it in'),
  ...[
    'a b c',
    'https://registry.example.com/steps:1',
    'registry.example.com/Steps:1',
    'steps:',
    'steps:1:2',
    '/steps',
    'steps@sha256:12',
    'steps:1 ',
  ].map((image) =>
    wrong(
      'clusters.*.stepsImage',
      image,
      `has to be the name of an image, not "${image}"; give one such as registry.example.com/onboard-bot-steps:0.1.0`,
    ),
  ),
  wrong('clusters.*.paused', '', 'is empty; fill it in'),
  wrong('clusters.*.paused', '\n', 'has to have words, not "\n"; say it, or take it out'),
  wrong('clusters.*.paused', true, 'has to be text, not true; put true in quotes'),
  wrong('clusters.*.pods', 'large', notMap('"large"')),
  unknown('clusters.*.pods', 'nodeSelektor', 'did you mean "nodeSelector"?'),
  wrong('clusters.*.pods.serviceAccount', 'Prod EU', label),
  wrong(
    'clusters.*.pods.imagePullSecrets',
    'registry',
    'has to be a list, not "registry"; write [a, b], or a line "- a" for each entry',
  ),
  wrong('clusters.*.pods.imagePullSecrets[]', '', 'is empty; fill it in'),
  wrong(
    'clusters.*.pods.imagePullSecrets[]',
    'Bad Name',
    'has to be the name of a Secret, not "Bad Name"; use lower-case letters, digits, dashes and dots',
  ),
  wrong('clusters.*.pods.nodeSelector', ['pool'], notMap('a list')),
  wrong('clusters.*.pods.nodeSelector.*', true, 'has to be text, not true; put true in quotes'),
  wrong(
    'clusters.*.pods.tolerations',
    'all',
    'has to be a list, not "all"; write [a, b], or a line "- a" for each entry',
  ),
  wrong('clusters.*.pods.tolerations[]', 'all', notMap('"all"')),
  unknown('clusters.*.pods.tolerations[]', 'efect', 'did you mean "effect"?'),
  wrong('clusters.*.pods.tolerations[].key', '', 'is empty; fill it in'),
  wrong('clusters.*.pods.tolerations[].operator', 'In', 'cannot be "In"; there is: Equal, Exists'),
  wrong('clusters.*.pods.tolerations[].value', true, 'has to be text, not true; put true in quotes'),
  wrong(
    'clusters.*.pods.tolerations[].effect',
    'Never',
    'cannot be "Never"; there is: NoSchedule, PreferNoSchedule, NoExecute',
  ),
  wrong('clusters.*.pods.tolerations[].tolerationSeconds', -1, 'has to be at least 0; make it larger'),
  ...credentialRows('clusters.*.'),
  ...offerRows('clusters.*.'),
  missing('clusters.*.templates', 'name what is offered there below it, such as "namespace: {}"'),
  wrong('clusters.*.templates', ['sap-btp'], notMap('a list')),
  wrong('clusters.*.templates.*', 'yes', notMap('"yes"')),
  unknown('clusters.*.templates.*', 'polcy', 'did you mean "policy"?'),
  ...credentialRows('clusters.*.templates.*.'),
  ...offerRows('clusters.*.templates.*.'),
]

/** Puts a value at a path; undefined takes away what is there. */
const put = (document: unknown, path: readonly (string | number)[], value: unknown): void => {
  const [part = '', ...rest] = path
  const parent = document as Record<string | number, unknown>
  if (rest.length > 0) put((parent[part] ??= {}), rest, value)
  else if (value === undefined) delete parent[part]
  else parent[part] = value
}

const changed = (row: Row): string => {
  const document = load(rightFile(folder))
  const own = row.kind === 'unknown' ? (row.at ?? '') : inFile(row.key)
  const { key, value } = row.puts === undefined ? { key: own, value: row.value } : row.puts
  put(document, partsOf(inFile(key)), value)
  return dump(document, { lineWidth: -1 })
}

describe('a mistake in the configuration file is named with its line, its path and its cure', () => {
  it('and the file that the table is made from has none', () => {
    expect(mistakesIn(rightFile(folder))).toEqual([])
  })

  it.each(rows)('$kind: $key = $value', (row) => {
    const text = changed(row)
    const place = row.at ?? inFile(row.key)
    expect(mistakesIn(text)).toEqual([`${path}:${lineIn(text, place)}: ${place}: ${row.says}`])
  })

  const { keys, required, closed } = placesOf(configSchema)
  it('every key of the schema has a wrong value in the table', () => {
    const known = new Set(rows.filter(({ kind }) => kind === 'wrong').map(({ key }) => key))
    expect(keys.filter((key) => !known.has(key))).toEqual([])
  })
  it('every key that has to be there is missing once', () => {
    const known = new Set(rows.filter(({ kind }) => kind === 'missing').map(({ key }) => key))
    expect(required.filter((key) => !known.has(key))).toEqual([])
  })
  it('every map that takes no other names is given one', () => {
    const known = new Set(rows.filter(({ kind }) => kind === 'unknown').map(({ key }) => key))
    expect(closed.filter((key) => !known.has(key))).toEqual([])
  })
})

const credentials = `credentials:
  sharedMeta:
    url: https://meta.example.com
    tokenEnv: META_TOKEN
`

const replaced = (part: string, by: string): string => {
  const text = rightFile(folder)
  if (!text.includes(part)) throw new Error(`there is no ${part}`)
  return text.replace(part, by)
}

describe('what is right by itself and wrong together is named too', () => {
  const argo = 'clusters.prod-eu.argo'
  const cases: readonly (readonly [what: string, text: () => string, says: readonly string[]])[] = [
    [
      'two sources of the token',
      () =>
        replaced(
          'serviceAccount: onboard-bot',
          `serviceAccount: onboard-bot\n      tokenFile: ${folder}/token`,
        ),
      [`43: ${argo}.tokenFile: serviceAccount and tokenFile are both given; keep one`],
    ],
    [
      'no source of the token',
      () => replaced('      serviceAccount: onboard-bot\n', ''),
      [`39: ${argo}: has to say where its token comes from; give one of serviceAccount and tokenFile`],
    ],
    [
      'TLS verified and not',
      () => replaced('      uiUrl:', '      insecureSkipTlsVerify: true\n      uiUrl:'),
      [`43: ${argo}.caFile: caFile and insecureSkipTlsVerify contradict each other; take out one`],
    ],
    ...[
      ['token', 'holds no certificate (PEM)'],
      ['key.pem', 'holds no certificate (PEM)'],
      ['two.pem', 'holds a broken certificate (number 2 of 2)'],
    ].map(([name, says]): (typeof cases)[number] => [
      `a file of CAs that holds none: ${name}`,
      () => replaced(`${folder}/ca.pem`, `${folder}/${name}`),
      [`43: ${argo}.caFile: "FOLDER/${name}" ${says}; put the certificate of argo-server's CA into it`],
    ]),
    [
      'a URL and a Service',
      () => replaced('      uiUrl:', '      service: { port: 80 }\n      uiUrl:'),
      [`44: ${argo}.service: url and service contradict each other; take out one`],
    ],
    [
      'TLS of a port-forward not verified, as by itself',
      () =>
        replaced('      url: https://argo.example.com\n', '      insecureSkipTlsVerify: true\n').replace(
          / *caFile: .*\n/,
          '',
        ),
      [
        `40: ${argo}.insecureSkipTlsVerify: is for url; a port-forward verifies TLS only where caFile is given`,
      ],
    ],
    [
      'no channel anywhere',
      () => rightFile(folder).replaceAll(/ *channel: .*\n/g, ''),
      [
        '82: clusters.prod-eu.templates.sap-btp: has no channel; give "channel" here, at the cluster or at the top',
      ],
    ],
    [
      'no template',
      () => `${rightFile(folder).split('      sap-btp:')[0]?.trimEnd() ?? ''} {}\n`,
      ['83: clusters.prod-eu.templates: is empty; name a template'],
    ],
    [
      'a template that is not there',
      () => replaced('sap-btp:', 'sap-bpt:'),
      ['84: clusters.prod-eu.templates.sap-bpt: there is no such template; there is: namespace, sap-btp'],
    ],
    [
      'a template whose name is none',
      () => replaced('sap-btp:', 'SAP BTP:'),
      [
        '84: clusters.prod-eu.templates.SAP BTP: the name "SAP BTP" has to be a DNS label; use at most 63 lower-case letters, digits and dashes, and no dash at the ends',
      ],
    ],
    [
      'a cluster named like a word of the command',
      () => replaced('prod-eu:', 'status:'),
      ['33: clusters.status: the name "status" is a word of /onboard; rename the cluster'],
    ],
    [
      'a wrong name, and what is wrong below it',
      () => replaced('prod-eu:', 'Prod:').replace('paused: it', 'pausd: it'),
      [
        '33: clusters.Prod: the name "Prod" has to be a DNS label; use at most 63 lower-case letters, digits and dashes, and no dash at the ends',
        '46: clusters.Prod.pausd: unknown name; did you mean "paused"?',
      ],
    ],
    [
      'clusters that are none',
      () => `${rightFile(folder).split('clusters:')[0]}clusters:\n`,
      [`32: clusters: has to be ${map}, not nothing; ${asMap}`],
    ],
    [
      'a name that JavaScript would lose',
      () => replaced('prod-eu:', '__proto__:'),
      ['33: the name "__proto__" is not taken; rename it'],
    ],
    [
      'a name that JavaScript would lose, and what is wrong beside it',
      () => replaced('    paused: it', '    __proto__: x\n    pausd: it'),
      [
        '46: the name "__proto__" is not taken; rename it',
        '47: clusters.prod-eu.pausd: unknown name; did you mean "paused"?',
      ],
    ],
    [
      'an anchor and an alias, and what is wrong beside them',
      () =>
        replaced('channel: C0ONBOARD', 'channel: &here C0ONBOARD').replace(
          '    paused: it',
          '    stepsImag: *here\n    pausd: it',
        ),
      [
        '8: anchors and aliases (& and *) are not taken; write the value out',
        '46: anchors and aliases (& and *) are not taken; write the value out',
        '46: clusters.prod-eu.stepsImag: unknown name; did you mean "stepsImage"?',
        '47: clusters.prod-eu.pausd: unknown name; did you mean "paused"?',
      ],
    ],
    [
      'aliases that unfold to gigabytes, which hide what is wrong beside them',
      () => {
        const nine = (name: string): string => `[${Array.from({ length: 9 }, () => `*${name}`).join(', ')}]`
        const levels = ['b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
          (name, index) => `${name}: &${name} ${nine('abcdefg'[index] ?? '')}`,
        )
        return ['a: &a [x]', ...levels].join('\n')
      },
      [1, 2, 3, 4, 5, 6, 7, 8].map(
        (line) => `${line}: anchors and aliases (& and *) are not taken; write the value out`,
      ),
    ],
    [
      'a name that JavaScript would lose, in the place of a template',
      () => replaced('      sap-btp:', '      __proto__:'),
      ['84: the name "__proto__" is not taken; rename it'],
    ],
    [
      'a misspelt name, which is not missing as well',
      () =>
        replaced('installation: acme', 'instalation: acme')
          .replace(credentials, credentials.replace('credentials', 'credential'))
          .replaceAll('channel: C0', 'chanel: C0')
          .replace('serviceAccount: onboard-bot', 'serviceAcount: onboard-bot'),
      [
        '1: instalation: unknown name; did you mean "installation"?',
        '4: credential: unknown name; did you mean "credentials"?',
        '8: chanel: unknown name; did you mean "channel"?',
        `42: ${argo}.serviceAcount: unknown name; did you mean "serviceAccount"?`,
        '59: clusters.prod-eu.chanel: unknown name; did you mean "channel"?',
        '85: clusters.prod-eu.templates.sap-btp.chanel: unknown name; did you mean "channel"?',
      ],
    ],
    [
      'no templates, beside another mistake',
      () => `${replaced('acme', 'Acme').split('      sap-btp:')[0]?.trimEnd() ?? ''} {}\n`,
      [
        '1: installation: has to be a DNS label, not "Acme"; use at most 63 lower-case letters, digits and dashes, and no dash at the ends',
        '83: clusters.prod-eu.templates: is empty; name a template',
      ],
    ],
    [
      'a wrong key of a template, and what is wrong beside it',
      () => {
        const at = replaced('acme', 'acme').indexOf('      sap-btp:')
        const offered = `      sap-btp:
        chanel: C0OTHER
        policy:
          request: [anne]
          approvals: 3
          approve: [U0BEN]
        credentials:
          directory: /nowhere
          vault: x
`
        return `${rightFile(folder).slice(0, at)}${offered}`
      },
      [
        '85: clusters.prod-eu.templates.sap-btp.chanel: unknown name; did you mean "channel"?',
        '86: clusters.prod-eu.templates.sap-btp.policy: asks for 3 approvals, and at most 1 of those in "approve" can give one; name more people or a user group there, or lower "approvals"',
        '87: clusters.prod-eu.templates.sap-btp.policy.request[0]: has to name people, not "anne"; give the id of a user (U…), a user group (S…) or a channel (C…), or "requester" or "approvers"',
        '91: clusters.prod-eu.templates.sap-btp.credentials.directory: "/nowhere" cannot be read; check the path and its rights',
        '92: clusters.prod-eu.templates.sap-btp.credentials.vault: unknown name; there is: directory',
      ],
    ],
    [
      'a wrong key of argo and of kubernetes, and what is wrong beside them',
      () =>
        replaced('namespace: shared', 'namespace: Shared')
          .replace(`${folder}/ca.pem`, '/nowhere')
          .replace('context: prod', 'contxt: prod')
          .replace(`${folder}/kubeconfig`, '/nowhere')
          .replace(
            '      uiUrl:',
            '      tokenFile: /nowhere\n      insecureSkipTlsVerify: true\n      service: 5\n      uiUrl:',
          ),
      [
        '36: clusters.prod-eu.kubernetes.kubeconfig: "/nowhere" cannot be read; check the path and its rights',
        '37: clusters.prod-eu.kubernetes.contxt: unknown name; did you mean "context"?',
        `41: ${argo}.namespace: has to be a DNS label, not "Shared"; use at most 63 lower-case letters, digits and dashes, and no dash at the ends`,
        `43: ${argo}.caFile: caFile and insecureSkipTlsVerify contradict each other; take out one`,
        `43: ${argo}.caFile: "/nowhere" cannot be read; check the path and its rights`,
        `44: ${argo}.tokenFile: serviceAccount and tokenFile are both given; keep one`,
        `44: ${argo}.tokenFile: "/nowhere" cannot be read; check the path and its rights`,
        `46: ${argo}.service: has to be a map of names and values, not 5; write lines of "name: value"`,
        `46: ${argo}.service: url and service contradict each other; take out one`,
      ],
    ],
    [
      'a wrong context, which says nothing of the current one',
      () => replaced('context: prod', 'context: 5'),
      ['37: clusters.prod-eu.kubernetes.context: has to be text, not 5; put 5 in quotes'],
    ],
    [
      'a misspelt template with a wrong key',
      () => replaced('sap-btp:', 'sap-bpt:').replace('        onFailure: ask', '        onFailure: x'),
      [
        '84: clusters.prod-eu.templates.sap-bpt: there is no such template; there is: namespace, sap-btp',
        '86: clusters.prod-eu.templates.sap-bpt.onFailure: cannot be "x"; there is: ask, clean-up',
      ],
    ],
    [
      'an address of secrets that is none',
      () => replaced('https://meta', 'meta'),
      [
        '6: credentials.sharedMeta.url: has to be an address, not "meta.example.com"; give one such as https://shared-meta.example.com',
      ],
    ],
    [
      'two ways at once, one of them wrong by itself too',
      () => replaced('      context: prod', '      inCluster: true\n      contxt: prod'),
      [
        '35: clusters.prod-eu.kubernetes: takes one of its keys, and has kubeconfig and inCluster; keep one',
        '38: clusters.prod-eu.kubernetes.contxt: unknown name; did you mean "context"?',
      ],
    ],
    [
      'two ways at once, of which one is wrong as it is written',
      () =>
        replaced(`kubeconfig: ${folder}/kubeconfig`, 'inCluster: true').replace(
          credentials,
          'credentials:\n  directory: 5\n  secret:\n    name: btp\n  vault: x\n',
        ),
      [
        '5: credentials.directory: does not go with secret; take out one or the other',
        '8: credentials.vault: unknown name; there is: secret',
        '38: clusters.prod-eu.kubernetes.context: does not go with inCluster; take out one or the other',
        '39: clusters.prod-eu.kubernetes.exec: does not go with inCluster; take out one or the other',
      ],
    ],
    [
      'a number that YAML reads as another',
      () => replaced('namespace: shared', 'namespace: 007'),
      [`41: ${argo}.namespace: has to be text, not 007; put 007 in quotes`],
    ],
    [
      'a key given twice',
      () => replaced('installation: acme', 'installation: acme\ninstallation: other'),
      ['2: the name stands here twice; keep one of the two'],
    ],
    [
      'a key given twice, and what is wrong beside it',
      () =>
        replaced('installation: acme', 'installation: acme\ninstallation: Acme').replace(
          'paused: it',
          'pausd: it',
        ),
      [
        '2: the name stands here twice; keep one of the two',
        '2: installation: has to be a DNS label, not "Acme"; use at most 63 lower-case letters, digits and dashes, and no dash at the ends',
        '47: clusters.prod-eu.pausd: unknown name; did you mean "paused"?',
      ],
    ],
    [
      'a tab',
      () => replaced('  classicCards', '\tclassicCards'),
      ['3: this is not YAML: tab characters must not be used in indentation; indent with spaces'],
    ],
    [
      'two documents',
      () => `${rightFile(folder)}---\ninstallation: other\n`,
      ['109: a second document begins here; keep one document: take out what follows the line "---"'],
    ],
    [
      'two documents, and what is wrong in the first',
      () => `${replaced('    paused: it', '    pausd: it')}---\ninstallation: other\n`,
      [
        '46: clusters.prod-eu.pausd: unknown name; did you mean "paused"?',
        '109: a second document begins here; keep one document: take out what follows the line "---"',
      ],
    ],
    ['an empty file', () => '', [`1: has to be ${map}, not nothing; ${asMap}`]],
    ['a list', () => '- installation', [`1: has to be ${map}, not a list; ${asMap}`]],
    [
      'a secret',
      () => replaced('title: Production', 'title: xoxb-123456-abcdef'),
      ['34: a secret stands in the file; take it out, give it by the environment, and renew it'],
    ],
    [
      'a private key',
      () => replaced('title: Production', 'title: |\n      -----BEGIN RSA PRIVATE KEY-----\n      MIIE'),
      ['35: a secret stands in the file; take it out, give it by the environment, and renew it'],
    ],
    [
      'bytes that are no UTF-8',
      () => Buffer.from(replaced('title: Production', 'title: München'), 'latin1').toString('utf8'),
      ['34: this is not UTF-8; save the file as UTF-8'],
    ],
    ...(['kubeconfig', 'ca.pem'] as const).map(
      (name) =>
        [
          `a file that is not there: ${name}`,
          () => replaced(`${folder}/${name}`, '/nowhere'),
          [
            name === 'ca.pem'
              ? `43: ${argo}.caFile: "/nowhere" cannot be read; check the path and its rights`
              : '36: clusters.prod-eu.kubernetes.kubeconfig: "/nowhere" cannot be read; check the path and its rights',
          ],
        ] as const,
    ),
    [
      'a kubeconfig that is a folder',
      () => replaced(`${folder}/kubeconfig`, folder),
      ['36: clusters.prod-eu.kubernetes.kubeconfig: "FOLDER" is a folder; give the path of a file'],
    ],
    [
      'a kubeconfig that is none',
      () => replaced(`${folder}/kubeconfig`, `${folder}/token`),
      [
        '36: clusters.prod-eu.kubernetes.kubeconfig: the kubeconfig "FOLDER/token" is none: it holds no clusters and contexts; give the path of one, such as "kubectl config view --flatten" writes it',
      ],
    ],
    [
      'a kubeconfig that is not YAML',
      () => replaced(`${folder}/kubeconfig`, `${folder}/tab.yaml`),
      [
        '36: clusters.prod-eu.kubernetes.kubeconfig: the kubeconfig "FOLDER/tab.yaml" cannot be read: it is not YAML (line 2); mend that line, or the one above it',
      ],
    ],
    [
      'a kubeconfig without the context',
      () => replaced('context: prod', 'context: prdo'),
      [
        '37: clusters.prod-eu.kubernetes.context: the kubeconfig "FOLDER/kubeconfig" has no context "prdo"; name one in "kubernetes.context"; did you mean "prod"?',
      ],
    ],
    [
      'a kubeconfig without a current context, where none is given',
      () => replaced('      context: prod\n', ''),
      [
        '36: clusters.prod-eu.kubernetes.kubeconfig: the kubeconfig "FOLDER/kubeconfig" has no current context; name one in "kubernetes.context"; there is: prod, lost, wrong, nobody, empty, plain, bad-ca, program',
      ],
    ],
    [
      'a context without a cluster',
      () => replaced('context: prod', 'context: lost'),
      [
        '37: clusters.prod-eu.kubernetes.context: the kubeconfig "FOLDER/kubeconfig" names no cluster in the context "lost"; name one there, or take another context',
      ],
    ],
    [
      'a kubeconfig whose cluster and user are no good, each part by itself',
      () =>
        replaced(
          '      context: prod\n      exec: kubelogin\n',
          '      context: wrong\n      exec: kubelogin\n',
        ),
      [
        [36, 'has no address of the cluster "wrong"; put one that begins with https:// into its "server"'],
        [
          36,
          'names as certificate-authority a file that cannot be read: "gone.pem"; check the path, which counts from the kubeconfig, and its rights',
        ],
        [
          36,
          'names a proxy by no address: its proxy-url has to begin with http://, https:// or socks5://; put the address of the proxy into the kubeconfig, or take proxy-url out',
        ],
        [
          36,
          'names as client-key a file that cannot be read: "gone.key"; check the path, which counts from the kubeconfig, and its rights',
        ],
        [
          38,
          'signs in by the program "/bin/other", which the configuration does not name; write "exec: /bin/other" beside "kubeconfig", or use a token or a certificate',
        ],
      ].map(
        ([line, says]) =>
          `${line}: clusters.prod-eu.kubernetes.${line === 38 ? 'exec' : 'kubeconfig'}: the kubeconfig "FOLDER/kubeconfig" ${says}`,
      ),
    ],
    ...[
      [
        'nobody',
        'has no user "gone", whom its context "nobody" names; put that user with its credentials there, or take another context',
      ],
      ['empty', 'has no credentials of the user "empty"; put a token or a certificate of it there'],
      ['plain', 'has an address without TLS for the cluster "plain"; put its https address into "server"'],
      [
        'bad-ca',
        'names a CA that is none: certificate-authority-data holds no certificate (PEM); put the CA of the Kubernetes API into it',
      ],
    ].map(([context, says]): (typeof cases)[number] => [
      `a kubeconfig with the context "${context}"`,
      () => replaced('context: prod', `context: ${context}`),
      [`36: clusters.prod-eu.kubernetes.kubeconfig: the kubeconfig "FOLDER/kubeconfig" ${says}`],
    ]),
    [
      'a program of a kubeconfig, where none is named',
      () => replaced('context: prod\n      exec: kubelogin', 'context: program'),
      [
        '36: clusters.prod-eu.kubernetes.kubeconfig: the kubeconfig "FOLDER/kubeconfig" signs in by the program "kubelogin", which the configuration does not name; write "exec: kubelogin" beside "kubeconfig", or use a token or a certificate',
      ],
    ],
    [
      'a wrong program, of which nothing is said that cannot be known',
      () => replaced('context: prod\n      exec: kubelogin', 'context: program\n      exec: 5'),
      ['38: clusters.prod-eu.kubernetes.exec: has to be text, not 5; put 5 in quotes'],
    ],
    [
      'a template that needs secrets, and no source of them',
      () => replaced(credentials, ''),
      [
        '80: clusters.prod-eu.templates.sap-btp: its steps need secrets (cis), and nothing says where they come from; give "credentials" here, at the cluster or at the top',
      ],
    ],
    [
      'a kubeconfig that is a folder, and keys beside it that are wrong',
      () => replaced(`${folder}/kubeconfig`, folder).replace('stepsImage', 'stepsImagee'),
      [
        '36: clusters.prod-eu.kubernetes.kubeconfig: "FOLDER" is a folder; give the path of a file',
        '45: clusters.prod-eu.stepsImagee: unknown name; did you mean "stepsImage"?',
      ],
    ],
    [
      'a source of secrets that is wrong, which is there all the same',
      () => replaced(credentials, 'credentials: vault\n'),
      [`4: credentials: ${source(', not "vault"')}`],
    ],
    [
      'a folder of secrets that is a file',
      () => replaced(credentials, `credentials:\n  directory: ${folder}/token\n`),
      ['5: credentials.directory: "FOLDER/token" is a file; give the path of a folder'],
    ],
    [
      'a token file that is not there',
      () => replaced('serviceAccount: onboard-bot', 'tokenFile: /nowhere'),
      [`42: ${argo}.tokenFile: "/nowhere" cannot be read; check the path and its rights`],
    ],
    [
      'a folder of secrets that is not there',
      () =>
        replaced(
          '  sharedMeta:\n    url: https://meta.example.com\n    tokenEnv: META_TOKEN',
          '  directory: /nowhere',
        ),
      ['5: credentials.directory: "/nowhere" cannot be read; check the path and its rights'],
    ],
  ]

  it.each(cases)('%s', (_what, text, says) => {
    expect(mistakesIn(text())).toEqual(says.map((one) => `${path}:${one.replace('FOLDER', folder)}`))
  })

  it('a file of UTF-16 is named as that, and nothing else is said of it', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(rightFile(folder), 'utf16le')])
    expect(mistakesIn(bytes.toString('utf8'))).toEqual([`${path}: is not UTF-8; save the file as UTF-8`])
  })

  it('a template that is wrong hides that nothing says where its secrets come from no more than other mistakes do', () => {
    const templates = join(folder, 'templates')
    cpSync('templates', templates, { recursive: true })
    const file = join(templates, 'sap-btp', 'onboard.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('kind: Workflow', 'kind: Workflw'))
    const text = replaced(credentials, '')
    expect(() => readOffered(readConfig({ ...environment, TEMPLATES_DIR: templates }, () => text))).toThrow(
      /templates\.sap-btp: its steps need secrets \(cis\)[^]*onboard\.yaml:2: kind: cannot be/,
    )
  })

  it.each([
    'steps',
    'steps:1',
    'localhost:5000/steps',
    'registry.example.com:5000/team/on_board__steps-image:v1.2_3-x',
    `[::1]:5000/steps@sha256:${'0'.repeat(64)}`,
    `registry.example.com/steps:1@sha256:${'a'.repeat(64)}`,
  ])('the image %s is one', (image) => {
    expect(mistakesIn(replaced('registry.example.com/steps:1', `'${image}'`))).toEqual([])
  })

  /** The right file with these policies and no others. */
  const withPolicies = (policies: Readonly<Record<string, unknown>>): string => {
    const document = load(rightFile(folder))
    const places = ['', 'clusters.prod-eu.', 'clusters.prod-eu.templates.sap-btp.'].map((at) => `${at}policy`)
    for (const place of places) put(document, partsOf(place), policies[place])
    return dump(document)
  }
  const nobody = 'nobody could ever approve a request'
  const name = 'name people or a user group in "approve", or say "approvals: 0" where none has to'
  const few = (most: number): string =>
    `asks for 2 approvals, and at most ${most} of those in "approve" can give one; name more people or a user group there, or lower "approvals"`
  it.each([
    ['only approvers themselves', { approve: ['approvers'] }, `policy: ${nobody}; ${name}`],
    ['all of them denied', { approve: { allow: ['U0BEN'], deny: ['U0BEN'] } }, `policy: ${nobody}; ${name}`],
    [
      'only the requester',
      { approve: ['requester'] },
      `policy: ${nobody} but its requester, who may not; name others in "approve", or say "requesterMayApprove: true"`,
    ],
    ['one too few', { approvals: 2, approve: ['U0BEN', 'U0BEN'] }, `policy: ${few(1)}`],
    [
      'one too few beside the requester',
      { approvals: 2, approve: ['requester', 'U0BEN'] },
      `policy: ${few(1)}`,
    ],
  ])('a policy by which nothing could be approved: %s', (_, policy, says) => {
    const text = withPolicies({ policy })
    const place = says.split(':')[0] ?? ''
    expect(mistakesIn(text)).toEqual([`${path}:${lineIn(text, place)}: ${says}`])
  })

  it('such a policy of a template is named there', () => {
    const at = 'clusters.prod-eu.templates.sap-btp.policy'
    const text = withPolicies({ policy: { approve: ['U0BEN'] }, [at]: { approvals: 2 } })
    expect(mistakesIn(text)).toEqual([`${path}:${lineIn(text, at)}: ${at}: ${few(1)}`])
  })

  it.each([
    { approve: [] },
    { request: ['U0ADA'] },
    { approvals: 0 },
    { approvals: 5, approve: ['S0PLATFORM'] },
    { approvals: 2, approve: ['U0BEN', 'C0LEADS'] },
    { approvals: 2, approve: ['U0BEN', 'requester'], requesterMayApprove: true },
  ])('a policy by which something may be approved, or that means nobody, is taken: %j', (policy) => {
    expect(mistakesIn(withPolicies({ policy }))).toEqual([])
  })

  it('what is wrong with one cluster hides nothing of another, and all stands in the order of the lines', () => {
    const other = `  dev-eu:
    kubernetes:
      kubeconfig: /nowhere
    argo:
      namespace: shared
    stepsImage: registry.example.com/steps:1
    templates:
      sap-bpt:
`
    const mistakes = mistakesIn(
      replaced('onFailure: ask', 'onFailure: never')
        .replace('title: Production', "title: ''")
        .replace('META_TOKEN', 'OTHER_TOKEN')
        .concat(other),
    )
    expect(mistakes.map((one) => one.split(';')[0])).toEqual([
      `${path}:9: onFailure: cannot be "never"`,
      `${path}:34: clusters.prod-eu.title: is empty`,
      `${path}:111: clusters.dev-eu.kubernetes.kubeconfig: "/nowhere" cannot be read`,
      `${path}:112: clusters.dev-eu.argo: has to say where its token comes from`,
      `${path}:116: clusters.dev-eu.templates.sap-bpt: there is no such template`,
      'OTHER_TOKEN: is missing',
    ])
  })

  it('and mistakes of the file, of a kubeconfig and of the secrets are named at once', () => {
    const text = replaced('classicCards: false', 'classicCards: 1')
      .replace(credentials, '')
      .replace('context: prod', 'context: prdo')
    expect(mistakesIn(text).map((one) => one.split(/[;,]/)[0])).toEqual([
      `${path}:3: slack.classicCards: has to be true or false`,
      `${path}:33: clusters.prod-eu.kubernetes.context: the kubeconfig "${folder}/kubeconfig" has no context "prdo"`,
      `${path}:80: clusters.prod-eu.templates.sap-btp: its steps need secrets (cis)`,
    ])
  })
})

describe('whoever sets the bot up', () => {
  const shipped = readdirSync('templates')

  it('finds an example that is right, and that offers every shipped template', () => {
    const example = configSchema.parse(load(readFileSync('onboard-bot.example.yml', 'utf8')))
    for (const { templates } of Object.values(example.clusters))
      expect(Object.keys(templates).toSorted()).toEqual(shipped)
  })

  it('reads in the README which rights each template needs', () => {
    const readme = readFileSync('README.md', 'utf8')
    for (const template of shipped)
      expect(readme).toContain(`deploy/target-cluster/${template}-template.yaml`)
  })
})
