import { createServer as createProxy } from 'node:http'
import { createServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { listen } from '../../sandbox/http.ts'
import type { Rule } from '../../sandbox/kubernetes/identities.ts'
import { readServiceKey } from '../../src/steps/service-key.ts'
import { createCertificate } from '../clusters/certificate.ts'
import { Seed } from './btp-seed.ts'
import { BtpWorld, type Profile } from './btp-world.ts'
import { expectFittingOffer } from './offered.ts'

// Every run is a process of its own.
vi.setConfig({ testTimeout: 60_000 })

let world: BtpWorld
let seed: Seed

/** The address of a server that is no Kubernetes, and whose certificate nobody has signed. */
let untrusted = ''
const server = createServer(await createCertificate('localhost'), (_, response) => {
  response.writeHead(404).end('404 page not found\n')
})
/** A proxy that lets nobody in. */
const proxy = createProxy((_, response) => {
  response.writeHead(407).end()
}).on('connect', (_, socket) => {
  socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
})
const proxyAddress = await listen(proxy, 0)
const closedProxy = proxyAddress.replace('http://', 'http://bob:top-secret@')

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  untrusted = `https://localhost:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => {
  server.close()
  proxy.close()
})

beforeEach(async () => {
  world = await BtpWorld.start()
  seed = new Seed(world)
})
afterEach(async () => {
  await world.stop()
})

interface Row {
  /** What is wrong. */
  readonly when: string
  readonly code: number
  /** The whole sentence of the termination log; `*` stands for ids. */
  readonly says: string
  readonly profile?: Profile
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly given?: () => void | Promise<void>
  /** What is known only when the world is there. */
  readonly environmentOf?: () => Readonly<Record<string, string>>
}

const matching = (sentence: string): RegExp =>
  new RegExp(`^${sentence.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.+?')}$`)

const rowsOf = (step: string, rows: readonly Row[]): void => {
  describe(`the step ${step}`, () => {
    it.each(rows)(
      'ends with $code when $when, and the thread offers first what its sentence says',
      async (row) => {
        const { code, says, given, profile, environment, environmentOf } = row
        await given?.()
        const ended = await world.run(step, {
          ...(profile !== undefined && { profile }),
          environment: { ...environment, ...environmentOf?.() },
        })
        expect(ended.message).toMatch(matching(says))
        expect(ended.code).toBe(code)
        expect(ended.log).not.toContain('top-secret')
        expectFittingOffer(step, ended)
        // Each line is one event, and the last one is what people read.
        const lines = ended.log.trim().split('\n')
        expect(lines.map((line) => (JSON.parse(line) as { message: string }).message).at(-1)).toBe(
          ended.message,
        )
      },
    )
  })
}

/** Variables that are not there at all. */
const absent = (...names: readonly string[]): Readonly<Record<string, undefined>> =>
  Object.fromEntries(names.map((name) => [name, undefined]))

const nobody = (): void => {
  world.useRights('nobody')
}

/** The ServiceAccount has these rights and no others. */
const onlyRights = (rules: readonly Rule[]): void => {
  world.kubernetes.rules.set(world.kubernetes.identity('nobody'), [...rules])
  nobody()
}

/** What is told of a right that is missing, in the words of Kubernetes. */
const mayNot = (doing: string, cannot: string): string =>
  `The workflow's ServiceAccount may not ${doing}: * is forbidden: User "system:serviceaccount:shared:nobody" cannot ${cannot} in API group *. Give it the rights of deploy/target-cluster/sap-btp-template.yaml, then retry.`

/** The same in a clean-up. */
const mayNotUndo = (...about: Parameters<typeof mayNot>): string =>
  mayNot(...about).replace('then retry.', 'then clean up again.')

/** The Kubernetes API answers so to requests that begin so. */
const refused = (request: string, status: number, message: string): void => {
  world.kubernetes.faults.answers.push({ request, status, message, times: 99 })
}

/** A kubeconfig that could be used but for what is said. */
const kubeconfigWith = (wrong: object): string =>
  JSON.stringify({
    'current-context': 'prod',
    contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:10' } }],
    users: [{ name: 'u', user: { token: 'top-secret-token' } }],
    ...wrong,
  })

/** The service key of an accounts service and a token service at another address. */
const keyFor = (address: string): string =>
  JSON.stringify({
    endpoints: { accounts_service_url: address },
    uaa: { url: address, clientid: 'x', clientsecret: 'y' },
  })

/** Addresses at which nothing answers: how it is called, the address, and what is told. */
const unanswered: readonly (readonly [how: string, address: () => string, says: string])[] = [
  [
    'by a name that nobody has',
    () => 'https://uaa.invalid',
    'the host name of uaa.invalid is not known). Check the address, and the DNS; then retry.',
  ],
  [
    'where nothing runs',
    () => 'https://127.0.0.1:9',
    '127.0.0.1:9 refuses the connection). Check the address, and whether the service runs; then retry.',
  ],
  [
    'by https:// where it speaks http://',
    () => world.btp.url.replace('http:', 'https:'),
    '127.0.0.1:* speaks no TLS). Check whether the address begins with http:// or https://, then retry.',
  ],
  [
    'where the certificate is of no known CA',
    () => untrusted,
    'the certificate of localhost:* is of no known CA). Name the file with its CA in NODE_EXTRA_CA_CERTS, or give certificate-authority-data where it is a kubeconfig; then retry; or clean up and ask again where it stands in the template.',
  ],
]

/** Refusals that speak of a limit, or only name a quota, and are about a value. */
const notQuota: readonly (readonly [what: string, code: number, message: string, says: string])[] = [
  [
    'a text is too long',
    11_000,
    'displayName exceeds the limit of 255',
    'displayName exceeds the limit of 255',
  ],
  [
    'a region is limited',
    12_003,
    'Region eu10 is of limited availability',
    'Region eu10 is of limited availability',
  ],
  ['a name is not valid', 11_001, 'displayName "quota" is not valid', 'displayName "quota" is not valid'],
]

const noKubeconfig =
  'is no kubeconfig: it has to be the text of the whole file, not its path, its base64 or its token'
const [pair, other] = [await createCertificate('a.test'), await createCertificate('b.test')]
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const certificate = base64(pair.cert)

/** A kubeconfig whose user has these fields. */
const kubeconfigOf = (user: object): string => kubeconfigWith({ users: [{ name: 'u', user }] })

/** A kubeconfig whose cluster has these fields beside its server. */
const kubeconfigFor = (cluster: object): string =>
  kubeconfigWith({ clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:10', ...cluster } }] })

/** Kubeconfigs that cannot be used: what is wrong, the text, and what is told. */
const garbage: readonly (readonly [what: string, text: string, says: string])[] = [
  ['is a word', 'x', noKubeconfig],
  ['is blank', ' ', noKubeconfig],
  ['is a list', '[top-secret-token]', noKubeconfig],
  ['is no YAML', 'token: top-secret-token: x', 'is no YAML'],
  ['is two documents', `${kubeconfigWith({})}\n---\nkind: Config`, 'holds more than one YAML document'],
  ['begins with an empty document', `---\n---\n${kubeconfigWith({})}`, 'holds more than one YAML document'],
  ['has no contexts', kubeconfigWith({ contexts: [] }), 'cannot be used: contexts is empty'],
  [
    'is of another kind',
    '{"kind":"Secret"}',
    'cannot be used: current-context is missing; contexts is missing; clusters is missing; users is missing',
  ],
  [
    'has no such context',
    kubeconfigWith({ 'current-context': 'test' }),
    'cannot be used: it has no context "test", which its current-context names',
  ],
  [
    'has no such cluster',
    kubeconfigWith({ clusters: [{ name: 'd', cluster: { server: 'https://x.test' } }] }),
    'cannot be used: it has no cluster "c", which its current-context needs',
  ],
  [
    'has no such user',
    kubeconfigWith({ users: [{ name: 'v', user: {} }] }),
    'cannot be used: it has no user "u", which its current-context needs',
  ],
  [
    'has a cluster without a server',
    kubeconfigWith({ clusters: [{ name: 'c', cluster: { 'certificate-authority-data': certificate } }] }),
    'cannot be used: clusters.0.cluster.server is missing',
  ],
  [
    'has a server without a scheme',
    kubeconfigWith({ clusters: [{ name: 'c', cluster: { server: 'api.test:6443' } }] }),
    'cannot be used: clusters.0.cluster.server must be an address that begins with https://',
  ],
  [
    'has a server without TLS',
    kubeconfigWith({ clusters: [{ name: 'c', cluster: { server: 'http://api.test' } }] }),
    'cannot be used: clusters.0.cluster.server must begin with https://, unless insecure-skip-tls-verify is true',
  ],
  [
    'has a CA that is none',
    kubeconfigWith({
      clusters: [{ name: 'c', cluster: { server: 'https://x.test', 'certificate-authority-data': 'x' } }],
    }),
    'cannot be used: clusters.0.cluster.certificate-authority-data must be the base64 of a certificate in PEM',
  ],
  ...['proxy.test:3128', 'ftp://bob:top-secret@proxy.test', 'http://bob:top-secret@pro xy', 'http://'].map(
    (proxy) =>
      [
        `has the proxy-url "${proxy.replace('top-secret', '*')}"`,
        kubeconfigFor({ 'proxy-url': proxy }),
        'cannot be used: clusters.0.cluster.proxy-url must be an address that begins with http://, https:// or socks5://',
      ] as const,
  ),
  ...['top-secret', '-----BEGIN CERTIFICATE-----', pair.key].map(
    (text) =>
      [
        `has a client certificate that is ${text.slice(0, 15)}`,
        kubeconfigOf({ 'client-certificate-data': base64(text), 'client-key-data': base64(pair.key) }),
        'cannot be used: users.0.user.client-certificate-data must be the base64 of a certificate in PEM',
      ] as const,
  ),
  ...['top-secret', '-----BEGIN PRIVATE KEY-----', pair.cert].map(
    (text) =>
      [
        `has a client key that is ${text.slice(0, 15)}`,
        kubeconfigOf({ 'client-certificate-data': certificate, 'client-key-data': base64(text) }),
        'cannot be used: users.0.user.client-key-data must be the base64 of a private key in PEM, without a passphrase',
      ] as const,
  ),
  [
    'has a client key that is of another certificate',
    kubeconfigOf({ 'client-certificate-data': certificate, 'client-key-data': base64(other.key) }),
    'cannot be used: users.0.user.client-key-data is not the key of client-certificate-data',
  ],
  [
    'has a client certificate without a key',
    kubeconfigOf({ 'client-certificate-data': certificate }),
    'cannot be used: users.0.user.client-key-data is missing beside client-certificate-data',
  ],
  [
    'has a client key without a certificate',
    kubeconfigOf({ 'client-key-data': base64(pair.key) }),
    'cannot be used: users.0.user.client-certificate-data is missing beside client-key-data',
  ],
  ...['top-secret\n', 'top\nsecret', 'top secret'].map(
    (token) =>
      [
        `has the token ${JSON.stringify(token)}`,
        kubeconfigOf({ token }),
        'cannot be used: users.0.user.token must be one word, without line breaks and blanks',
      ] as const,
  ),
  [
    'names a file',
    kubeconfigWith({ users: [{ name: 'u', user: { tokenFile: '/proc/self/environ' } }] }),
    'cannot be used: users.0.user.tokenFile names a file, which is not in the pod of the step',
  ],
]

/** A service key whose addresses are those of the sandbox with something behind them. */
const keyWithPaths = (accounts: string, token: string): string => {
  const { endpoints, uaa } = readServiceKey(JSON.stringify(world.btp.serviceKey()))
  return JSON.stringify({
    endpoints: { accounts_service_url: `${endpoints.accounts_service_url}${accounts}` },
    uaa: { ...uaa, url: `${uaa.url}${token}` },
  })
}

const wrongSubdomain = 'SUBDOMAIN must be letters, digits and dashes, at most 63, with no dash at either end'
const mendValue = 'Correct it where it comes from, the request or the template; then clean up and ask again.'

rowsOf('create-subaccount', [
  {
    when: 'a value is wrong',
    code: 2,
    environment: { SUBDOMAIN: 'shop_prod' },
    says: "The step's environment is wrong: SUBDOMAIN must be letters, digits and dashes, at most 63, with no dash at either end. Correct it where it comes from, the request or the template; then clean up and ask again.",
  },
  ...['proxy.corp:8080', 'http://bob:top-secret-pw@pro xy:8080', ' '].map((proxy) => ({
    when: `HTTPS_PROXY is "${proxy}"`,
    code: 2,
    environment: { HTTPS_PROXY: proxy },
    says: 'HTTPS_PROXY: is no address; give one such as http://proxy.example.com:3128. Correct it in the template, then clean up and ask again.',
  })),
  {
    when: 'the display name is blank',
    code: 2,
    environment: { DISPLAY_NAME: ' \t' },
    says: "The step's environment is wrong: DISPLAY_NAME is blank. Correct it where it comes from, the request or the template; then clean up and ask again.",
  },
  ...(['HTTP_PROXY', 'HTTPS_PROXY'] as const).map((name) => ({
    when: `the proxy of ${name} does not take the password`,
    code: 3,
    environment: {
      [name]: closedProxy,
      ...(name === 'HTTPS_PROXY' && { CIS_KEY: keyFor('https://uaa.test') }),
    },
    says: 'The token service of the SAP BTP accounts service is not available (the proxy 127.0.0.1:* refused (407)). Check the user and the password in HTTPS_PROXY or HTTP_PROXY, then retry; or clean up and ask again where it stands in the template.',
  })),
  {
    when: 'the service key is no JSON',
    code: 2,
    environment: { CIS_KEY: 'clientsecret: x' },
    says: 'The service key of the cloud management service is no JSON. Mend it at its source, then retry.',
  },
  ...['[]', '"key"', 'null', '7'].map((key) => ({
    when: `the service key is ${key}`,
    code: 2,
    environment: { CIS_KEY: key },
    says: 'The service key of the cloud management service is no JSON object. Mend it at its source, then retry.',
  })),
  {
    when: 'the service key is empty',
    code: 2,
    environment: { CIS_KEY: '' },
    says: "The step's environment is wrong: CIS_KEY is empty. Mend it at its source, then retry.",
  },
  ...['-x', 'x-', 'x'.repeat(64)].map((subdomain) => ({
    when: `the subdomain is "${subdomain}"`,
    code: 2,
    environment: { SUBDOMAIN: subdomain },
    says: `The step's environment is wrong: ${wrongSubdomain}. ${mendValue}`,
  })),
  ...['', '15m', '0', '-5', '1.5'].map((value) => ({
    when: `a time of its pace is "${value}"`,
    code: 2,
    environment: { READY_WITHIN_MS: value },
    says: "The step's environment is wrong: READY_WITHIN_MS must be milliseconds: a whole number from 1 to 999999999, such as 900000. Correct it where it comes from, the request or the template; then clean up and ask again.",
  })),
  {
    when: 'it has no folder to work in',
    code: 2,
    environment: { TMPDIR: '/dev/null/tmp' },
    says: 'The step cannot write to /dev/null/tmp. Mount a volume there in the template that the user of the container may write to, such as an emptyDir; then clean up and ask again.',
  },
  {
    when: 'Kubernetes would not take the namespace',
    code: 2,
    environment: { NAMESPACE: 'Bad_Name', ONBOARDING_ID: 'a b' },
    says: "The step's environment is wrong: ONBOARDING_ID must be letters, digits, dashes, dots and underscores, with a letter or digit at either end; NAMESPACE must be lower-case letters, digits and dashes, with no dash at either end. Correct it where it comes from, the request or the template; then clean up and ask again.",
  },
  {
    when: 'nothing is told to it',
    code: 2,
    environment: absent('CIS_KEY', 'DISPLAY_NAME', 'REGION'),
    says: "The step's environment is wrong: CIS_KEY is missing; DISPLAY_NAME is missing; REGION is missing. Correct it where it comes from, the request or the template; then clean up and ask again.",
  },
  {
    when: 'the service key is for a person',
    code: 2,
    environment: { CIS_KEY: '{"grant_type":"user_token","endpoints":{},"uaa":{}}' },
    says: 'The service key of the cloud management service is for a person (grant type user_token): create one with the parameter {"grantType":"clientCredentials"}, then retry.',
  },
  {
    when: 'the service key holds a certificate',
    code: 2,
    environment: { CIS_KEY: '{"credentials":{"uaa":{"credential-type":"x509"}}}' },
    says: 'The service key of the cloud management service holds a certificate: create one with credential type binding-secret, then retry.',
  },
  {
    when: 'the service key lacks something',
    code: 2,
    environment: {
      CIS_KEY: '{"endpoints":{"accounts_service_url":"https://x.test"},"uaa":{"url":"https://x.test"}}',
    },
    says: 'The service key of the cloud management service cannot be used: uaa.clientid is missing; uaa.clientsecret is missing. Create one of plan central with grant type client credentials, then retry.',
  },
  {
    when: 'the service key has no addresses that can be called',
    code: 2,
    environment: {
      CIS_KEY: JSON.stringify({
        endpoints: { accounts_service_url: 'accounts.test' },
        uaa: { url: 'ftp://uaa.test', clientid: 'x', clientsecret: 'y' },
      }),
    },
    says: 'The service key of the cloud management service cannot be used: endpoints.accounts_service_url must be an address that begins with https://; uaa.url must be an address that begins with https://. Create one of plan central with grant type client credentials, then retry.',
  },
  {
    when: 'SAP BTP finds a field wrong',
    code: 2,
    environment: { REGION: 'xx99' },
    says: 'The SAP BTP accounts service refuses: Request payload is invalid (region: *) (correlation id *). Correct the values of the request or of the template, then clean up and ask again.',
  },
  {
    when: 'the key is for another grant type',
    code: 3,
    given: () => {
      const description = 'Unauthorized grant type: client_credentials'
      world.btp.faults.planned.push({
        on: 'POST /oauth/token',
        status: 401,
        body: { error: 'invalid_client', error_description: description },
        times: 99,
      })
    },
    says: 'The SAP BTP accounts service refuses the credentials (invalid_client, at *). Create a key with grant type client credentials, then retry.',
  },
  {
    when: 'the credentials are refused',
    code: 3,
    given: () => {
      world.btp.faults.isUnauthorised = true
    },
    says: 'The SAP BTP accounts service refuses the credentials (unauthorized, at *). Check whether they were renewed, and whether that is the right address; then retry.',
  },
  {
    when: 'there is no token service at the address',
    code: 2,
    given: () => {
      world.btp.faults.planned.push({ on: 'POST /oauth', status: 404, body: '<html>', times: 99 })
    },
    says: 'There is no token service for the SAP BTP accounts service at 127.0.0.1:*/oauth/token (HTTP 404). Check the url in its credentials, then retry.',
  },
  {
    when: 'the path of the accounts service is wrong',
    code: 2,
    environmentOf: () => ({ CIS_KEY: keyWithPaths('/wrong', '') }),
    says: 'The SAP BTP accounts service is not at 127.0.0.1:*/wrong/accounts/v1/subaccounts (HTTP 405). Check endpoints.accounts_service_url in the service key, then retry.',
  },
  {
    when: 'a gateway does not know the path of the accounts service',
    code: 2,
    given: () => {
      world.btp.faults.planned.push({ on: 'GET /accounts', status: 404, body: '<html>', times: 99 })
    },
    says: 'The SAP BTP accounts service is not at 127.0.0.1:*/accounts/v1/subaccounts (HTTP 404). Check endpoints.accounts_service_url in the service key, then retry.',
  },
  {
    when: 'the path of the token service is wrong',
    code: 3,
    environmentOf: () => ({ CIS_KEY: keyWithPaths('', '/wrong') }),
    says: 'The SAP BTP accounts service refuses the credentials (HTTP 401, at 127.0.0.1:*/wrong/oauth/token). Check whether they were renewed, and whether that is the right address; then retry.',
  },
  {
    when: 'the address of the accounts service leads to a login page',
    code: 2,
    given: () => {
      world.btp.faults.redirects = true
    },
    says: 'The SAP BTP accounts service is not at 127.0.0.1:*: that address redirects to login.test (HTTP 302), as it would to a login page. Correct the URL in its credentials, or the proxy where there is one; then retry; or clean up and ask again where it stands in the template.',
  },
  {
    when: 'the address of the token service has moved',
    code: 2,
    given: () => {
      world.btp.faults.planned.push({ on: 'POST /oauth', status: 301, times: 99 })
    },
    says: 'The token service of the SAP BTP accounts service is not at 127.0.0.1:*: that address redirects elsewhere (HTTP 301), as it would to a login page. Correct the URL in its credentials, or the proxy where there is one; then retry; or clean up and ask again where it stands in the template.',
  },
  {
    when: 'the token service gives no token',
    code: 5,
    given: () => {
      world.btp.faults.planned.push({ on: 'POST /oauth', status: 200, body: {}, times: 99 })
    },
    says: 'The token service of the SAP BTP accounts service gives no token. Retry later.',
  },
  {
    when: 'the credentials may not create',
    code: 3,
    given: () => {
      world.btp.faults.isReadOnly = true
    },
    says: 'The SAP BTP accounts service does not allow it: HTTP 403 at * (correlation id *). Give the bot a service key of plan central that may create and delete subaccounts, then retry.',
  },
  {
    when: 'the token is refused twice, without a word',
    code: 3,
    given: () => {
      world.btp.faults.planned.push({ on: 'GET /accounts', status: 401, times: 99 })
    },
    says: 'The SAP BTP accounts service does not allow it: HTTP 401 at * (correlation id *). Give the bot a service key of plan central that may create and delete subaccounts, then retry.',
  },
  {
    when: 'another customer has the subdomain',
    code: 4,
    given: () => {
      world.btp.faults.takenSubdomains.add('shop-prod')
    },
    says: 'The subdomain "shop-prod" is taken in eu10 by another customer of SAP BTP. Clean up, then ask again with another subdomain.',
  },
  {
    when: 'the quota is used up',
    code: 4,
    given: () => {
      world.btp.faults.isQuotaUsedUp = true
    },
    says: 'The global account has no room for another subaccount: The quota of subaccounts in this global account is used up. Raise the quota, then retry.',
  },
  ...notQuota.map(([what, code, message, says]) => ({
    when: `SAP BTP finds that ${what}`,
    code: 2,
    given: () => {
      const body = { error: { code, message } }
      world.btp.faults.planned.push({ on: 'POST /accounts', status: 400, body, times: 99 })
    },
    says: `The SAP BTP accounts service refuses: ${says} (correlation id *). Correct the values of the request or of the template, then clean up and ask again.`,
  })),
  {
    when: 'SAP BTP limits calls with a status of its own',
    code: 5,
    given: () => {
      const body = {
        error: { code: 11_006, message: 'Rate limit exceeded', details: [{ message: '5 in 3 seconds' }] },
      }
      world.btp.faults.planned.push({ on: 'POST /accounts', status: 400, body, times: 99 })
    },
    says: 'The SAP BTP accounts service is not available (it limits calls). Retry later.',
  },
  {
    when: 'the creation fails',
    code: 4,
    given: () => {
      world.btp.faults.failsCreation = true
    },
    says: 'SAP BTP could not create the subaccount (CREATION_FAILED): The tenant could not be created. Retry deletes it and makes a new one.',
  },
  {
    when: 'its subaccount was deleted by force',
    code: 4,
    given: () => {
      seed.subaccount().isForced = true
    },
    says: 'The subaccount "Shop" (*) was deleted by force: SAP BTP keeps it and its subdomain for seven days. Restore it in the cockpit, then retry; or ask again for another namespace, with another subdomain.',
  },
  {
    when: 'SAP BTP is down',
    code: 5,
    given: () => {
      world.btp.faults.isDown = true
    },
    says: 'The token service of the SAP BTP accounts service is not available (it answers HTTP 503). Retry later.',
  },
  ...unanswered.map(([what, addressOf, says]) => ({
    when: `SAP BTP is called ${what}`,
    code: 5,
    environmentOf: () => ({ CIS_KEY: keyFor(addressOf()) }),
    says: `The token service of the SAP BTP accounts service is not available (${says}`,
  })),
  {
    when: 'SAP BTP answers pages instead of JSON',
    code: 5,
    given: () => {
      world.btp.faults.planned.push({ on: 'GET /accounts', status: 200, body: '<html>', times: 99 })
    },
    says: 'The SAP BTP accounts service is not available (it answers what is no JSON). Retry later.',
  },
  {
    when: 'SAP BTP asks to come again in an hour',
    code: 5,
    given: () => {
      const headers = { 'retry-after': '3600' }
      world.btp.faults.planned.push({ on: 'GET /accounts', status: 429, headers, times: 99 })
    },
    says: 'The SAP BTP accounts service is not available (it limits calls, and asks to come again in 60 minutes). Retry later.',
  },
  {
    when: 'SAP BTP limits calls and asks to come again before now',
    code: 5,
    given: () => {
      const headers = { 'retry-after': '-1' }
      world.btp.faults.planned.push({ on: 'GET /accounts', status: 429, headers, times: 999 })
    },
    says: 'The SAP BTP accounts service is not available (it limits calls). Retry later.',
  },
  {
    when: 'SAP BTP never says whether it created it',
    code: 5,
    given: () => {
      world.btp.faults.planned.push({ on: 'POST /accounts', status: 500, times: 99 })
    },
    says: 'SAP BTP does not answer whether the subaccount was created. Retry later.',
  },
  {
    when: 'the creation takes too long',
    code: 6,
    given: () => {
      world.btp.faults.stuckLooks = 1_000
    },
    says: 'SAP BTP has not finished the subaccount (*) in time: it is CREATING. Retry goes on waiting for it.',
  },
  {
    when: 'the subaccount stays in a state that nobody knows',
    code: 6,
    given: () => {
      world.btp.faults.shownState = 'POLISHING'
    },
    says: 'SAP BTP has not finished the subaccount (*) in time: it is POLISHING. Retry goes on waiting for it.',
  },
  {
    when: 'the subdomain is another subaccount of the global account',
    code: 7,
    given: () => {
      world.btp.accounts.add('shop-prod')
    },
    says: 'The subdomain "shop-prod" in eu10 is the subaccount "shop-prod" (*) of your global account, which this onboarding did not make. Clean up, then ask again with another subdomain.',
  },
  {
    when: 'there are two of this onboarding',
    code: 7,
    given: () => {
      seed.subaccount('shop-one')
      seed.subaccount('shop-two')
    },
    says: 'There are 2 subaccounts of this onboarding (*). Delete all but one by hand, then retry.',
  },
])

rowsOf('register-platform', [
  {
    when: 'a value is wrong',
    code: 2,
    environment: { PROFILE: 'proxy' },
    says: "The step's environment is wrong: PROFILE must be one of sap-btp-operator, service-broker-proxy. Correct it where it comes from, the request or the template; then clean up and ask again.",
  },
  {
    when: 'the namespace is missing',
    code: 2,
    profile: 'service-broker-proxy',
    given: () => {
      seed.subaccount()
      world.kubernetes.objects.remove({ resource: 'namespaces', namespace: '', name: 'shop' })
    },
    says: 'There is no namespace "shop". Create it, then retry.',
  },
  {
    when: 'a kubeconfig runs a program',
    code: 2,
    environment: {
      TARGET_KUBECONFIG: kubeconfigWith({ users: [{ name: 'u', user: { exec: { command: 'aws' } } }] }),
    },
    given: () => {
      seed.subaccount()
    },
    says: "The kubeconfig of the run's Secret cannot be used: users.0.user.exec runs a program, which is not in the image of the steps. Mend it at its source, then retry.",
  },
  {
    when: 'it may not read Secrets',
    code: 3,
    given: () => {
      seed.subaccount()
      nobody()
    },
    says: mayNot('read Secrets in "sap-btp-operator"', 'get resource "secrets"'),
  },
  {
    when: "the ServiceAccount's token is not accepted",
    code: 3,
    given: () => {
      seed.subaccount()
      refused('GET /api/v1/namespaces/sap-btp-operator/secrets', 401, 'Unauthorized')
    },
    says: "The Kubernetes API does not accept the token of the workflow's ServiceAccount. Check that the ServiceAccount is still there, then retry.",
  },
  {
    when: "the credentials of the run's kubeconfig are not accepted",
    code: 3,
    given: () => {
      seed.subaccount()
    },
    environmentOf: () => ({
      TARGET_KUBECONFIG: world.kubernetes
        .kubeconfig('admin')
        .replace(world.kubernetes.token('admin'), 'another-token'),
    }),
    says: "The Kubernetes API does not accept the credentials in the kubeconfig of the run's Secret. Renew them at their source, then retry.",
  },
  {
    when: "the run's kubeconfig may not read Secrets",
    code: 3,
    given: () => {
      seed.subaccount()
    },
    environmentOf: () => ({ TARGET_KUBECONFIG: world.kubernetes.kubeconfig('nobody') }),
    says: mayNot('read Secrets in "sap-btp-operator"', 'get resource "secrets"').replace(
      "The workflow's ServiceAccount",
      "The run's kubeconfig",
    ),
  },
  {
    when: 'the quota of the namespace is used up',
    code: 4,
    given: () => {
      seed.subaccount()
      const said =
        'secrets "x" is forbidden: exceeded quota: compute, requested: secrets=1, used: secrets=5, limited: secrets=5'
      refused('POST /api/v1/namespaces/sap-btp-operator/secrets', 403, said)
    },
    says: 'Cannot write Secrets in "sap-btp-operator": secrets "x" is forbidden: exceeded quota: compute, requested: secrets=1, used: secrets=5, limited: secrets=5. Free some of the quota or raise it, then retry.',
  },
  {
    when: 'the namespace is being deleted',
    code: 4,
    profile: 'service-broker-proxy',
    given: () => {
      seed.subaccount()
      const { objects } = world.kubernetes
      const key = { resource: 'namespaces', namespace: '', name: 'shop' }
      objects.replace(key, { ...objects.get(key), status: { phase: 'Terminating' } }, 'test')
    },
    says: 'Cannot write Secrets in "shop": secrets "service-manager-platform" is forbidden: unable to create new content in namespace shop because it is being terminated. Wait until it is gone, then retry.',
  },
  {
    when: 'a policy of the cluster denies the Secret',
    code: 2,
    given: () => {
      seed.subaccount()
      const said = 'admission webhook "policy.example.com" denied the request: no Secrets here'
      refused('POST /api/v1/namespaces/sap-btp-operator/secrets', 403, said)
    },
    says: 'Kubernetes refuses to write Secrets in "sap-btp-operator": admission webhook "policy.example.com" denied the request: no Secrets here. Clean up, then ask again with other values; or have the policy changed, then retry.',
  },
  {
    when: 'the Service Manager refuses the credentials',
    code: 3,
    given: () => {
      seed.access()
      world.btp.faults.planned.push({
        on: 'POST /t/',
        status: 401,
        body: { error: 'unauthorized' },
        times: 99,
      })
    },
    says: 'The Service Manager refuses the credentials (unauthorized, at *). Check whether they were renewed, and whether that is the right address; then retry.',
  },
  {
    when: 'the Service Manager allows nothing, without a word',
    code: 3,
    given: () => {
      seed.access()
      world.btp.faults.planned.push({ on: '/v1/service_instances', status: 403, times: 99 })
    },
    says: 'The Service Manager does not allow it: HTTP 403 at * (correlation id *). Check the access to the subaccount, then retry.',
  },
  {
    when: 'the subaccount is gone',
    code: 4,
    says: 'The subaccount of this onboarding is gone: none is labelled onboarding-id = 73686f70000000000000000000000000. Clean up, then ask again.',
  },
  {
    when: 'the plan is not entitled',
    code: 4,
    given: () => {
      seed.subaccount()
      world.btp.faults.hiddenPlanCalls = 1_000
    },
    says: 'The plan "service-operator-access" of the Service Manager is not available in the subaccount. Entitle it in the cockpit, then retry.',
  },
  {
    when: 'the instance fails',
    code: 4,
    given: () => {
      seed.subaccount()
      world.btp.faults.failsOperations = true
    },
    says: 'The Service Manager could not make "operator-access-73686f700000": the broker could not do it. Retry deletes it and makes a new one.',
  },
  {
    when: 'another subaccount has the name of the platform',
    code: 4,
    profile: 'service-broker-proxy',
    given: () => {
      seed.subaccount()
      seed.platform(world.btp.accounts.add('other'))
    },
    says: 'The platform name "prod-eu-73686f700000" is taken in this region by another subaccount. Remove that platform, then retry.',
  },
  ...garbage.map(([what, text, says]) => ({
    when: `the kubeconfig ${what}`,
    code: 2,
    environment: { TARGET_KUBECONFIG: text },
    given: () => {
      seed.subaccount()
    },
    says: `The kubeconfig of the run's Secret ${says}. Mend it at its source, then retry.`,
  })),
  {
    when: 'there is no kubeconfig, and no token of a ServiceAccount',
    code: 2,
    environment: { KUBECONFIG: '', HOME: '/nowhere' },
    given: () => {
      seed.subaccount()
    },
    says: "There is no cluster to work on: the pod has no token of a ServiceAccount, and there is no kubeconfig. Let the token be mounted (automountServiceAccountToken), or add the key kubeconfig to the run's Secret; then retry; or clean up and ask again where it stands in the template.",
  },
  {
    when: 'the registration is refused',
    code: 2,
    profile: 'service-broker-proxy',
    given: () => {
      seed.subaccount()
      world.btp.faults.failsPlatforms = true
    },
    says: 'The Service Manager refuses: platform registration is disabled for this subaccount (correlation id *). Look at the subaccount in the cockpit, then retry.',
  },
  {
    when: 'the Service Manager is down',
    code: 5,
    given: () => {
      seed.subaccount()
      world.btp.faults.planned.push({ on: '/v1/service_instances', status: 502, body: '<html>', times: 99 })
    },
    says: 'The Service Manager is not available (it answers HTTP 502). Retry later.',
  },
  {
    when: 'the Kubernetes API of the kubeconfig does not run',
    code: 5,
    environment: { TARGET_KUBECONFIG: kubeconfigWith({}) },
    given: () => {
      seed.subaccount()
    },
    says: 'The Kubernetes API is not available (127.0.0.1:10 refuses the connection). Check the address, and whether the service runs; then retry.',
  },
  {
    when: 'the proxy of the kubeconfig does not run',
    code: 5,
    environment: {
      TARGET_KUBECONFIG: kubeconfigFor({ 'proxy-url': 'http://bob:top-secret@127.0.0.1:9' }),
    },
    given: () => {
      seed.subaccount()
    },
    says: 'The Kubernetes API is not available (the proxy 127.0.0.1:9 refuses the connection). Check proxy-url in the kubeconfig and whether the proxy runs, or take proxy-url out of the kubeconfig; then retry.',
  },
  {
    when: 'the Kubernetes API of the kubeconfig has a certificate of no known CA',
    code: 5,
    given: () => {
      seed.subaccount()
    },
    environmentOf: () => ({
      TARGET_KUBECONFIG: kubeconfigWith({ clusters: [{ name: 'c', cluster: { server: untrusted } }] }),
    }),
    says: 'The Kubernetes API is not available (the certificate of localhost:* is of no known CA). Name the file with its CA in NODE_EXTRA_CA_CERTS, or give certificate-authority-data where it is a kubeconfig; then retry; or clean up and ask again where it stands in the template.',
  },
  {
    when: 'the Kubernetes API is down',
    code: 5,
    given: () => {
      seed.subaccount()
      world.kubernetes.faults.answers.push({ request: 'GET ', status: 503, message: 'no', times: 99 })
    },
    says: 'The Kubernetes API is not available (it answers HTTP 503). Retry later.',
  },
  {
    when: 'the instance takes too long',
    code: 6,
    given: () => {
      seed.subaccount()
      world.btp.faults.planned.push({
        on: 'GET /v1/service_instances',
        status: 200,
        body: { items: [] },
        times: 999,
      })
    },
    says: 'The Service Manager has not finished the access for the operator. Retry goes on waiting.',
  },
  {
    when: 'the Secret belongs to somebody else',
    code: 7,
    given: () => {
      seed.subaccount()
      seed.connection('sap-btp-operator', 'other')
    },
    says: 'The Secret "shop-sap-btp-service-operator" in "sap-btp-operator" was not made by this onboarding: its label onboard-bot.dev/onboarding-id is not 73686f70000000000000000000000000. Whoever made it may need it: clean up, then ask again for another namespace; or retry when they have removed it.',
  },
  {
    when: 'the platform is there without our label',
    code: 7,
    profile: 'service-broker-proxy',
    given: () => {
      seed.platform(seed.subaccount(), {})
    },
    says: 'The platform "prod-eu-73686f700000" is there already, and this onboarding did not make it. Remove or rename it, then retry.',
  },
])

const connected =
  (profile: Profile, helm: object = {}) =>
  (): void => {
    seed.connection(profile)
    world.setHelm(helm)
  }

rowsOf('install-proxy', [
  {
    when: 'the chart cannot be fetched',
    code: 2,
    given: connected('sap-btp-operator', { install: 'chart-missing' }),
    says: 'The chart cannot be fetched. Correct its reference, version or repository in the template, then clean up and ask again.',
  },
  {
    when: 'the cluster lacks what the chart needs',
    code: 2,
    profile: 'service-broker-proxy',
    given: connected('service-broker-proxy', { install: 'no-api' }),
    says: 'The chart needs ClusterRole of rbac.authorization.k8s.io/v1beta1, which this cluster does not have. Install what it needs, then retry; or clean up and ask again with another chart or profile.',
  },
  ...(['', ' '] as const).map((chart) => ({
    when: `the chart is "${chart}"`,
    code: 2,
    environment: { OPERATOR_CHART: chart },
    says: `The step's environment is wrong: OPERATOR_CHART is empty. ${mendValue}`,
  })),
  {
    when: 'the values are two documents',
    code: 2,
    environment: { OPERATOR_CHART_VALUES: 'a: 1\n---\nb: 2' },
    given: () => {
      seed.connection('sap-btp-operator')
    },
    says: "The chart's values are more than one YAML document. Correct them in the template, then clean up and ask again.",
  },
  ...['host', 'constructor'].map((name) => ({
    when: `the values ask for "${name}", which nobody knows`,
    code: 2,
    environment: { OPERATOR_CHART_VALUES: `cluster: { id: '\${${name}}' }` },
    given: connected('sap-btp-operator'),
    says: `The chart's values ask for "${name}"; there is cluster, namespace, generated, dollar. Correct them in the template, then clean up and ask again.`,
  })),
  {
    when: 'the reference of the chart holds credentials',
    code: 2,
    environment: { OPERATOR_CHART: 'oci://bob:top-secret@charts.test/operator' },
    given: connected('sap-btp-operator'),
    says: "The reference of the chart holds credentials, which would stand on helm's command line. Name the chart alone in the template, and its repository with them in the variable that ends in _REPOSITORY; then clean up and ask again.",
  },
  {
    when: 'there is no helm',
    code: 2,
    environment: { PATH: '/nowhere' },
    given: connected('sap-btp-operator'),
    says: 'helm is not in the image of the steps. Use an image that has it, then clean up and ask again.',
  },
  {
    when: 'helm may not',
    code: 3,
    profile: 'service-broker-proxy',
    given: () => {
      seed.connection('service-broker-proxy')
      world.kubernetes.rules.set(world.kubernetes.identity('reader'), [
        { verbs: ['get'], groups: ['*'], resources: ['*'] },
      ])
      world.useRights('reader')
    },
    says: 'helm may not list secrets in "shop". Give the workflow\'s ServiceAccount, or the run\'s kubeconfig where there is one, the rights of the chart (deploy/target-cluster/sap-btp-charts.yaml), then retry.',
  },
  {
    when: 'the credentials are gone',
    code: 4,
    says: 'The Secret "shop-sap-btp-service-operator" in "sap-btp-operator" with the credentials is gone. Clean up, then ask again.',
  },
  {
    when: 'something of the chart belongs to somebody else',
    code: 4,
    profile: 'service-broker-proxy',
    given: connected('service-broker-proxy', { install: 'foreign-object' }),
    says: 'ServiceAccount "service-broker-proxy" of the chart is there already and belongs to something else. Remove it, then retry.',
  },
  {
    when: 'helm cannot reach the cluster',
    code: 5,
    profile: 'service-broker-proxy',
    environment: { PROXY_CHART: 'proxy', PROXY_CHART_REPOSITORY: 'http://127.0.0.1:9/charts' },
    given: connected('service-broker-proxy'),
    says: 'The Kubernetes API or the repository of the chart is not available (helm cannot reach it). Retry later.',
  },
  {
    when: 'the connection breaks in the middle of an installation',
    code: 5,
    profile: 'service-broker-proxy',
    given: () => {
      seed.connection('service-broker-proxy')
      world.failHelm(99, 'Error: create: failed to create: Post "https://x": dial tcp: connection refused')
    },
    says: 'helm cannot reach the Kubernetes API or the repository of the chart. Retry later.',
  },
  {
    when: 'the repository has a certificate that helm does not trust',
    code: 5,
    given: () => {
      seed.connection('sap-btp-operator')
      world.failHelm(
        99,
        'Error: looks like "https://charts.test" is not a valid chart repository or cannot be reached: Get "https://charts.test/index.yaml": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      )
    },
    says: 'helm does not trust the certificate of the Kubernetes API or of the repository of the chart. Give the kubeconfig its CA, or name the file with it in SSL_CERT_FILE of the step, then retry; or clean up and ask again where it stands in the template.',
  },
  {
    when: 'the time that helm waits is none',
    code: 2,
    environment: { HELM_TIMEOUT: '5 minutes' },
    says: "The step's environment is wrong: HELM_TIMEOUT must be a number and s, m or h. Correct it where it comes from, the request or the template; then clean up and ask again.",
  },
  {
    when: 'the release does not become ready (helm 4)',
    code: 6,
    given: connected('sap-btp-operator', { install: 'not-ready' }),
    says: 'The release "sap-btp-operator" did not become ready in time: Deployment/sap-btp-operator/sap-btp-operator (Available: 0/1). Look at the events in "sap-btp-operator", then retry.',
  },
  {
    when: 'the release does not become ready (helm 3)',
    code: 6,
    profile: 'service-broker-proxy',
    given: connected('service-broker-proxy', { install: 'not-ready', version: '3.22' }),
    says: 'The release "service-broker-proxy" did not become ready in time. Look at the events in "shop", then retry.',
  },
  {
    when: 'the proxy does not run with its new credentials',
    code: 6,
    profile: 'service-broker-proxy',
    environment: { READY_WITHIN_MS: '300' },
    given: async () => {
      seed.connection('service-broker-proxy')
      await seed.release('service-broker-proxy')
      seed.deployment('proxy', 'service-broker-proxy')
      const key = { resource: 'deployments', namespace: 'shop', name: 'proxy' }
      const { objects } = world.kubernetes
      objects.replace(key, { ...objects.get(key), status: { replicas: 2, updatedReplicas: 1 } }, 'seed')
    },
    says: 'The proxy in "shop" did not become ready with its new credentials in time. Look at the events of the Deployment "proxy", then retry.',
  },
  {
    when: 'the operator is in another namespace',
    code: 7,
    given: () => {
      seed.connection('sap-btp-operator')
      seed.definition('serviceinstances.services.cloud.sap.com', {
        'meta.helm.sh/release-name': 'operator',
        'meta.helm.sh/release-namespace': 'platform',
      })
    },
    says: 'The SAP BTP service operator is in the namespace "platform" already, and a second one is never installed. Set OPERATOR_NAMESPACE to "platform" in the template, then clean up and ask again.',
  },
  ...(['pending-install', 'uninstalling', 'pending-upgrade'] as const).map((status) => ({
    when: `the operator is ${status}, never worked and serves somebody`,
    code: 7,
    given: async () => {
      seed.connection('sap-btp-operator')
      await seed.stuckRelease('sap-btp-operator', status)
      seed.instanceInCluster('orders-db', 'other')
    },
    says: `The operator's release "sap-btp-operator" in "sap-btp-operator" is ${status}, and the cluster has 1 service instance that would go with it. Put it right by hand, then retry.`,
  })),
  {
    when: 'Kyma brings the operator',
    code: 7,
    given: () => {
      seed.connection('sap-btp-operator')
      seed.definition('btpoperators.operator.kyma-project.io')
    },
    says: 'The SAP BTP service operator is in the namespace "kyma-system" already, and a second one is never installed. Set OPERATOR_NAMESPACE to "kyma-system" in the template, then clean up and ask again.',
  },
  {
    when: 'the release is not ours',
    code: 7,
    profile: 'service-broker-proxy',
    given: async () => {
      seed.connection('service-broker-proxy')
      await seed.release('service-broker-proxy', 'other')
    },
    says: 'The release "service-broker-proxy" in "shop" was not made by this onboarding, so it is left alone. Whoever made it may need it: clean up, then ask again for another namespace; or retry when they have removed it.',
  },
])

const lostLabel = (what: string, secret: string): string =>
  `The ${what} does not carry the label of this onboarding, which made one there, so it is not removed. Look whose it is: kubectl label secret ${secret} --overwrite onboard-bot.dev/onboarding-id=73686f70000000000000000000000000 gives it to this onboarding, and the value none says that it is somebody else's and stays. Then clean up again.`

const lostSecret = lostLabel(
  'Secret "shop-sap-btp-service-operator" in "sap-btp-operator"',
  'shop-sap-btp-service-operator -n sap-btp-operator',
)

rowsOf('uninstall-proxy', [
  {
    when: 'a value is wrong',
    code: 2,
    environment: { REMOVE_OPERATOR: 'maybe' },
    says: "The step's environment is wrong: REMOVE_OPERATOR must be one of yes, no. Correct it where it comes from, the request or the template; then clean up again.",
  },
  {
    when: 'at the address of the kubeconfig is something else',
    code: 2,
    environmentOf: () => ({
      TARGET_KUBECONFIG: kubeconfigWith({
        clusters: [{ name: 'c', cluster: { server: untrusted, 'insecure-skip-tls-verify': true } }],
      }),
    }),
    says: "There is no Kubernetes API at localhost:*. Check the server in the kubeconfig of the run's Secret, then clean up again.",
  },
  {
    when: 'it may not look',
    code: 3,
    profile: 'service-broker-proxy',
    given: nobody,
    says: 'helm may not list secrets in "shop". Give the workflow\'s ServiceAccount, or the run\'s kubeconfig where there is one, the rights of the chart (deploy/target-cluster/sap-btp-charts.yaml), then clean up again.',
  },
  {
    when: 'it may not look whether the operator is in use',
    code: 3,
    given: nobody,
    says: mayNotUndo('list ServiceInstances', 'list resource "serviceinstances"'),
  },
  {
    when: 'it may not look whether there is a Secret',
    code: 3,
    given: () => {
      onlyRights([{ verbs: ['list'], groups: ['services.cloud.sap.com'], resources: ['*'] }])
    },
    says: mayNotUndo('read Secrets in "sap-btp-operator"', 'get resource "secrets"'),
  },
  {
    when: 'it may look at the Secret and not delete it',
    code: 3,
    given: () => {
      seed.connection('sap-btp-operator')
      onlyRights([
        { verbs: ['list'], groups: ['services.cloud.sap.com'], resources: ['*'] },
        { verbs: ['get'], groups: [''], resources: ['secrets'] },
      ])
    },
    says: mayNotUndo('delete Secrets in "sap-btp-operator"', 'delete resource "secrets"'),
  },
  {
    when: 'it may not look whether others use the operator',
    code: 3,
    environment: { REMOVE_OPERATOR: 'yes' },
    given: () => {
      onlyRights([
        { verbs: ['list'], groups: ['services.cloud.sap.com'], resources: ['*'] },
        { verbs: ['get'], groups: [''], resources: ['secrets'] },
      ])
    },
    says: mayNotUndo('list Secrets in "sap-btp-operator"', 'list resource "secrets"'),
  },
  {
    when: 'it may not look for what the proxy left',
    code: 3,
    profile: 'service-broker-proxy',
    given: () => {
      onlyRights([{ verbs: ['get', 'list'], groups: [''], resources: ['secrets'] }])
    },
    says: mayNotUndo('list ClusterServiceBrokers', 'list resource "clusterservicebrokers"'),
  },
  {
    when: 'the namespace still has service instances',
    code: 4,
    given: () => {
      for (let index = 1; index < 13; index += 1) seed.instanceInCluster(`db-${index}`)
    },
    says: '12 service instances are still in use in the namespace "shop": db-1, db-2, db-3, db-4, db-5, db-6, db-7, db-8, db-9, db-10 and 2 more. Delete them, then clean up again.',
  },
  {
    when: "the chart's own clean-up fails",
    code: 4,
    profile: 'service-broker-proxy',
    given: async () => {
      await seed.release('service-broker-proxy')
      world.setHelm({ uninstall: 'hook-fails' })
    },
    says: 'What the chart does before it goes failed for the release "service-broker-proxy" in "shop". Look at its Jobs there, then clean up again.',
  },
  {
    when: 'the Kubernetes API is down',
    code: 5,
    given: () => {
      world.kubernetes.faults.answers.push({ request: 'GET ', status: 500, message: 'no', times: 99 })
    },
    says: 'The Kubernetes API is not available (it answers HTTP 500). Clean up again later.',
  },
  {
    when: 'the removal takes too long',
    code: 6,
    profile: 'service-broker-proxy',
    given: async () => {
      await seed.release('service-broker-proxy')
      world.setHelm({ uninstall: 'too-slow' })
    },
    says: 'The release "service-broker-proxy" was not removed in time. Look at what still ends in "shop", then clean up again.',
  },
  {
    when: 'the release that it made is not ours any more',
    code: 7,
    profile: 'service-broker-proxy',
    environment: { RELEASE: 'shop/service-broker-proxy' },
    given: () => seed.release('service-broker-proxy', 'other'),
    says: lostLabel(
      'release "service-broker-proxy" in "shop"',
      'sh.helm.release.v1.service-broker-proxy.v1 -n shop',
    ),
  },
  {
    when: 'the Secret that it made is not ours any more',
    code: 7,
    given: () => {
      seed.connection('sap-btp-operator', 'other')
    },
    environment: { OPERATOR_ACCESS_ID: 'access-1' },
    says: lostSecret,
  },
])

const leftOut = {
  TARGET_KUBECONFIG: kubeconfigWith({}),
  SKIP_GONE_CLUSTER: 'yes',
  RETRY_WITHIN_MS: '200',
}

rowsOf('unregister-platform', [
  {
    when: 'a value is missing',
    code: 2,
    environment: { CLUSTER: '' },
    says: "The step's environment is wrong: CLUSTER is empty. Correct it where it comes from, the request or the template; then clean up again.",
  },
  {
    when: 'the credentials are refused',
    code: 3,
    given: () => {
      world.btp.faults.isUnauthorised = true
    },
    says: 'The SAP BTP accounts service refuses the credentials (unauthorized, at *). Check whether they were renewed, and whether that is the right address; then clean up again.',
  },
  ...(['sap-btp-operator', 'service-broker-proxy'] as const).map((profile) => ({
    when: `it may not look whether there is a Secret (${profile})`,
    code: 3,
    profile,
    given: nobody,
    says: mayNotUndo('read Secrets in "*"', 'get resource "secrets"'),
  })),
  {
    when: 'the subaccount still has a service instance',
    code: 4,
    given: () => {
      const subaccount = seed.access()
      seed.operatorAccess(subaccount)
      world.btp.instances.add(subaccount.guid, 'orders-db')
    },
    says: '1 service instance is still in use in the subaccount "Shop": orders-db. Delete it, then clean up again.',
  },
  {
    when: 'the instance cannot be deleted',
    code: 4,
    given: () => {
      seed.operatorAccess(seed.access())
      world.btp.faults.failsOperations = true
    },
    says: 'The Service Manager could not delete "operator-access-73686f700000": the broker could not do it. Clean up again.',
  },
  {
    when: 'what a cluster that is gone made cannot be deleted',
    code: 4,
    environment: leftOut,
    given: () => {
      const subaccount = seed.access()
      seed.operatorAccess(subaccount)
      world.btp.instances.addByOperator(subaccount.guid, 'orders-db', 'prod-eu')
      world.btp.faults.failsOperations = true
    },
    says: 'The Service Manager could not delete what the cluster "prod-eu" made: the broker could not do it. Clean up again.',
  },
  {
    when: 'the platform of a cluster that is gone does not go in time',
    code: 6,
    profile: 'service-broker-proxy',
    environment: leftOut,
    given: () => {
      seed.platform(seed.access())
      const body = { state: 'in progress' }
      world.btp.faults.planned.push({ on: '/operations/', status: 200, body, times: 999 })
    },
    says: 'The Service Manager has not finished deleting the platform "prod-eu-73686f700000". Clean up again later.',
  },
  {
    when: 'the Service Manager does not say where the deletion of a platform goes on',
    code: 5,
    profile: 'service-broker-proxy',
    environment: leftOut,
    given: () => {
      seed.platform(seed.access())
      world.btp.faults.planned.push({ on: 'cascade=true', status: 202, body: {} })
    },
    says: 'The Service Manager answers otherwise than it promises (no Location). Clean up again later.',
  },
  {
    when: 'the Service Manager is down',
    code: 5,
    given: () => {
      seed.access()
      world.btp.faults.planned.push({ on: 'GET /v1/', status: 0, times: 99 })
    },
    says: 'The Service Manager is not available (it does not answer). Clean up again later.',
  },
  {
    when: 'the proxy stays connected',
    code: 6,
    profile: 'service-broker-proxy',
    given: () => {
      seed.platform(seed.access())
      world.btp.faults.connectedDeletions = 1_000
    },
    says: 'The platform "prod-eu-73686f700000" is still connected with a running proxy. Check that the proxy is gone, then clean up again.',
  },
  {
    when: 'the platform that it made does not carry our label any more',
    code: 7,
    profile: 'service-broker-proxy',
    given: () => {
      seed.platform(seed.access(), {})
    },
    environmentOf: () => ({ PLATFORM_ID: world.btp.platforms.all()[0]?.id ?? '' }),
    says: 'The platform "prod-eu-73686f700000" (*) was made by this onboarding and has lost its label, so somebody may have taken it over. Put the label onboarding_id=73686f70000000000000000000000000 back, or delete the platform when nobody uses it; then clean up again.',
  },
])

rowsOf('delete-subaccount', [
  {
    when: 'a value is wrong',
    code: 2,
    environment: { FORCE_DELETE: 'sure' },
    says: "The step's environment is wrong: FORCE_DELETE must be one of yes, no. Correct it where it comes from, the request or the template; then clean up again.",
  },
  {
    when: 'the credentials may not delete',
    code: 3,
    given: () => {
      seed.subaccount()
      world.btp.faults.isReadOnly = true
    },
    says: 'The SAP BTP accounts service does not allow it: HTTP 403 at * (correlation id *). Give the bot a service key of plan central that may create and delete subaccounts, then clean up again.',
  },
  {
    when: 'it may not look whether a Secret is left',
    code: 3,
    given: nobody,
    says: mayNotUndo('read Secrets in "sap-btp-operator"', 'get resource "secrets"'),
  },
  {
    when: 'it may not look whether a release is left',
    code: 3,
    profile: 'service-broker-proxy',
    given: () => {
      onlyRights([{ verbs: ['get'], groups: [''], resources: ['secrets'] }])
    },
    says: 'helm may not list secrets in "shop". Give the workflow\'s ServiceAccount, or the run\'s kubeconfig where there is one, the rights of the chart (deploy/target-cluster/sap-btp-charts.yaml), then clean up again.',
  },
  {
    when: 'deletion by force is not enabled',
    code: 3,
    environment: { FORCE_DELETE: 'yes' },
    given: () => {
      seed.subaccount()
      world.btp.faults.forbidsForce = true
    },
    says: 'The SAP BTP accounts service does not allow a deletion by force: Forced deletion is not enabled for this global account. Have it enabled, or remove what is in the subaccount and delete it by hand; then clean up again.',
  },
  {
    when: 'the subaccount has subscriptions',
    code: 4,
    given: () => {
      world.btp.accounts.content.set(seed.subaccount().guid, [70_012, 'There are active subscriptions'])
    },
    says: 'The subaccount "Shop" (*) is still in use: it has subscriptions. Remove them, then clean up again.',
  },
  {
    when: 'the deletion fails',
    code: 4,
    given: () => {
      seed.subaccount()
      world.btp.faults.shownState = 'DELETION_FAILED'
    },
    says: 'SAP BTP could not delete the subaccount "Shop" (*): The tenant could not be deleted. Clean up again, or delete it in the cockpit.',
  },
  {
    when: 'SAP BTP is down',
    code: 5,
    given: () => {
      seed.subaccount()
      world.btp.faults.planned.push({ on: 'DELETE ', status: 503, times: 99 })
    },
    says: 'The SAP BTP accounts service is not available (it answers HTTP 503). Clean up again later.',
  },
  {
    when: 'the deletion takes too long',
    code: 6,
    given: () => {
      seed.subaccount()
      world.btp.faults.forgetsDeletion = true
    },
    says: 'SAP BTP has not finished deleting the subaccount "Shop" (*). Clean up again later.',
  },
  {
    when: 'the Secret that it made is not ours any more',
    code: 7,
    given: () => {
      seed.connection('sap-btp-operator', 'other')
    },
    environment: { OPERATOR_ACCESS_ID: 'access-1' },
    says: lostSecret,
  },
])

describe('a proxy on the way that refuses', () => {
  const refusals = [
    ['403 no', 5, 'Have the proxy let the call through, or'],
    ['407 who', 3, 'Check the user and the password in'],
    ['502 bad', 5, 'Look whether the proxy reaches the host behind it, or'],
  ] as const
  let answer = ''
  const closed = createProxy().on('connect', (_, socket) => {
    socket.end(`HTTP/1.1 ${answer}\r\n\r\n`)
  })
  let address = ''
  beforeAll(async () => {
    address = (await listen(closed, 0)).replace('http://', 'http://bob:top-secret@')
  })
  afterAll(() => {
    closed.close()
  })

  it.each(refusals)('is named with its %s by what calls SAP BTP', async (status, code, cure) => {
    answer = status
    const environment = { CIS_KEY: keyFor('https://uaa.test'), HTTPS_PROXY: address }
    const ended = await world.run('create-subaccount', { environment })
    expect(ended.message).toContain(
      `(the proxy ${new URL(address).host} refused (${status.slice(0, 3)})). ${cure}`,
    )
    expect(ended.code).toBe(code)
    expect(ended.log).not.toContain('top-secret')
    expectFittingOffer('create-subaccount', ended)
  })

  it.each(refusals)('is named with its %s by what calls Kubernetes', async (status, code, cure) => {
    answer = status
    seed.subaccount()
    const environment = { TARGET_KUBECONFIG: kubeconfigFor({ 'proxy-url': address }) }
    const ended = await world.run('register-platform', { environment })
    expect(ended.message).toContain(
      `(the proxy ${new URL(address).host} refused (${status.slice(0, 3)})). ${cure}`,
    )
    expect(ended.code).toBe(code)
    expect(ended.log).not.toContain('top-secret')
    expectFittingOffer('register-platform', ended)
  })
})

describe('a proxy that takes the connection and never answers', () => {
  const silent = createTcpServer(() => world.btp.faults.onRequest?.('CONNECT'))
  let environment: Record<string, string>
  beforeAll(async () => {
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    environment = {
      CIS_KEY: keyFor('https://uaa.test'),
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      RETRY_WITHIN_MS: '2000',
    }
  })
  afterAll(() => {
    silent.close()
  })

  it('keeps no step from ending at once when it is told to', async () => {
    const began = Date.now()
    const ended = await world.run('create-subaccount', { environment, killAfter: 1, signal: 'SIGTERM' })
    expect([ended.code, ended.message]).toEqual([
      6,
      'The step was told to end before it was done. Retry to go on from here.',
    ])
    // Less than the tunnel is waited for.
    expect(Date.now() - began).toBeLessThan(8_000)
  })

  it('is waited for no longer than for any other', async () => {
    const ended = await world.run('create-subaccount', { environment })
    expect([ended.code, ended.message]).toEqual([
      5,
      `The token service of the SAP BTP accounts service is not available (the proxy ${new URL(environment['HTTPS_PROXY'] ?? '').host} does not answer in time). Check HTTPS_PROXY or HTTP_PROXY and whether the proxy runs, or name the host behind it in NO_PROXY; then retry; or clean up and ask again where it stands in the template.`,
    ])
  })
})

describe('a container in which nothing can be written', () => {
  const environment = { CONTAINER_ROOT: '/dev/null' }

  it('keeps no step from ending with the code of its class, and its log has the sentence', async () => {
    const ended = await world.run('register-platform', { environment })
    expect(ended.code).toBe(4)
    expect(ended.log).toContain('"message":"The subaccount of this onboarding is gone: none is labelled')
  })

  it('is named by the step that has something to say', async () => {
    const ended = await world.run('create-subaccount', { environment })
    expect(ended.code).toBe(2)
    expect(ended.log).toContain(
      '"message":"The step cannot write to /dev/null/tmp/outputs. Mount a volume there',
    )
  })
})
