import { generateKeyPairSync } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { redact } from './redact.ts'

const { privateKey: pem } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

describe('what looks like a secret is hidden, and what it was of stays', () => {
  it.each([
    ['client-secret: s3cr3t-pw', 'client-secret: [secret]'],
    ['client_secret=s3cr3t-pw&x=1', 'client_secret=[secret]&x=1'],
    ['clientSecret: s3cr3t-pw', 'clientSecret: [secret]'],
    ['client-key-data: LS0tLS1CRUdJTg', 'client-key-data: [secret]'],
    ['refresh-token: abcdef', 'refresh-token: [secret]'],
    ['id_token=abcdef', 'id_token=[secret]'],
    ['api-key: abcdef', 'api-key: [secret]'],
    ['secret: geheim', 'secret: [secret]'],
    ['pwd=hunter2', 'pwd=[secret]'],
    ['DB_PASS=hunter2', 'DB_PASS=[secret]'],
    ['DB_PASSWORD=hunter2 DB_HOST=db', 'DB_PASSWORD=[secret] DB_HOST=db'],
    ['PGPASSWORD=hunter2', 'PGPASSWORD=[secret]'],
    ['DB_PASSWORD_OLD=hunter2', 'DB_PASSWORD_OLD=[secret]'],
    ['spring.datasource.password=hunter2', 'spring.datasource.password=[secret]'],
    ['aws_secret_access_key=wJalrXUt/K7MD', 'aws_secret_access_key=[secret]'],
    ['x-api-key => abcdef', 'x-api-key => [secret]'],
    ['helm --password hunter2 --wait', 'helm --password [secret] --wait'],
    ['Authorization: abcdef ghi', 'Authorization: [secret]'],
    ['Cookie: session=abc; other=def\nHost: a', 'Cookie: [secret]\nHost: a'],
    ['password="a b, c" user=bob', 'password="[secret]" user=bob'],
    [`password='it "is" b' user=bob`, "password='[secret]' user=bob"],
    ['password=a,b;c user=bob', 'password=[secret] user=bob'],
    ['user=bob, password=abc, host=db', 'user=bob, password=[secret], host=db'],
    ['Server=db;Password=a;b;Port=1', 'Server=db;Password=[secret];Port=1'],
    ['password="never closed', 'password="[secret]'],
    ['token: token: abcdef', 'token: token: [secret]'],
    ['login with password: hunter2hunter2: 401', 'login with password: [secret] 401'],
    ['client_secret: hunter2: invalid_client', 'client_secret: [secret] invalid_client'],
    ['PASSWORD=S3cret: denied', 'PASSWORD=[secret] denied'],
    ['token: in.hunter2', 'token: [secret]'],
    ['password: true.hunter2', 'password: [secret]'],
    ['token: null.hunter2, x', 'token: [secret], x'],
    ['password: no!hunter2', 'password: [secret]'],
    ['token: {{hunter2', 'token: [secret]'],
    ['password=[secret]hunter2', 'password=[secret]'],
    ['DB_PWD=/hunter2', 'DB_PWD=[secret]'],
    ["password='never closed", "password='[secret]"],
    ['password: hunter was refused', 'password: [secret] was refused'],
    ['Bearer abcdef123', '[secret]'],
    ['Bearer token-abc123', '[secret]'],
    ['Basic dXNlcjpodW50ZXI=', '[secret]'],
    ['basic dXNlcjpodW50ZXI=', '[secret]'],
    ['<db.password>a b</db.password>', '<db.password>[secret]</db.password>'],
    ['{"name":"DB_PASSWORD","value":"a b"}', '{"name":"DB_PASSWORD","value":"[secret]"}'],
    ['- name: DB_PASSWORD\n  value: hunter2\n- name: x', '- name: DB_PASSWORD\n  value: [secret]\n- name: x'],
    ['http://bob:hunter2@proxy.test:8080', 'http://[secret]@proxy.test:8080'],
    ['postgres://u:p@w@db/x', 'postgres://[secret]@db/x'],
    ['https://hooks.slack.com/services/T0/B0/q7Zt now', 'https://hooks.slack.com/[secret] now'],
    ['xoxd-%2Babc%2Fdef', '[secret]'],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', '[secret]'],
    [`the key ${pem.trim()} was made`, 'the key [secret] was made'],
    [pem.slice(0, 100), '[secret]'],
    [`tls.key: ${Buffer.from(pem).toString('base64')}`, 'tls.key: [secret]'],
  ])('%j', (text, shown) => {
    expect(redact(text)).toBe(shown)
  })
})

describe('what is no secret stays as it is', () => {
  it.each([
    'the secret shop-run is not there',
    'secret "my-secret" not found',
    'secrets "onb" is forbidden: User "x" cannot get resource "secrets" in API group ""',
    'exceeded quota: shop, requested: secrets=1, used: secrets=10, limited: secrets=10',
    'password is wrong',
    'error creating secret: connection refused',
    'could not read the secret: permission denied',
    'Secret: already exists',
    'run pass: completed',
    'volume "run-secret" : secret "shop-run" not found',
    'clusters.prod-eu.templates.rotate-token: its steps need secrets (cis)',
    'password: {{inputs.parameters.password}}',
    'password: must not be empty',
    'SLACK_APP_TOKEN: Slack does not take it (invalid_auth); give the token (xapp-…)',
    'SLACK_BOT_TOKEN: given twice; unset SLACK_BOT_TOKEN or SLACK_BOT_TOKEN_FILE',
    'argo.tokenFile: the file /run/token cannot be read',
    'credentials.secret: { name: btp }',
    'shared-meta token: {"a": 1}',
    'PWD=/app',
    'PASSWORD=${DB_PASSWORD} TOKEN=$(cat token)',
    '"password": null, "secret":true',
    'subaccount 3f2504e0-4f89-11d3-9a0c-0305e82c3301 in eu10',
    'prod-eu/shop/sap-btp: onb-shop-a1b2c3',
    'The secret, value and token of basic features; Bearer authentication.',
    'the app -> Basic Information -> App-Level Tokens',
    'Basic authentication failed; the bearer token is renewed; Bearer authentication',
    'https://sm.test:8443/v1?at=a@b',
    'token_type=bearer tokens: 4000 token-lifetime: 3600',
    'RBAC: authorization: failed',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  ])('%j', (text) => {
    expect(redact(text)).toBe(text)
  })
})

describe('JSON stays JSON, at any depth', () => {
  const inside = { log: `Authorization: abc\n${pem}`, url: 'http://a:b@c', pin: { password: 12345678 } }
  it.each([
    { password: 'a"b\\', user: 'bob' },
    { password: `'x" y`, db_token: ['a'], 'client-secret': '' },
    { text: 'password="a b" token=\'c d\' secret: e', user: 'bob' },
    { text: JSON.stringify({ password: 'a"b\\', user: JSON.stringify({ token: 'x"\\y', z: 1 }) }) },
    { text: JSON.stringify(inside), ...inside },
    { text: 'password="never closed', user: 'bob' },
    { text: "password='never closed", user: 'bob' },
    { text: "a token: 'never", stack: "Error: a token: 'never", user: 'bob' },
    { text: 'could not read the secret:', user: 'bob' },
    { text: 'password=', user: 'bob' },
    { text: JSON.stringify({ text: 'Authorization:', user: 'x' }), user: 'bob' },
    { token: [1, 2], user: 'bob' },
    { text: JSON.stringify([{ name: 'DB_PASSWORD', value: 'a b' }]), user: 'bob' },
  ])('%j', (value) => {
    const shown = redact(`${JSON.stringify(value)}\n`)
    expect(Object.keys(JSON.parse(shown) as object)).toEqual(Object.keys(value))
    expect(shown).not.toMatch(/a\\*"b|x\\*" ?\\*y|a b|c d|MII|1234|a:b|never/)
    expect(shown.includes('bob')).toBe('user' in value)
  })
})

const hostile = [
  'password="',
  'token: ',
  'token=\\"a',
  'secret=,a',
  '--token ',
  'pwd=/',
  'token\\',
  'secretdata12',
  'ey-',
  'eyaaaaaaaa.',
  'x://a:',
  'Bearer ',
  '-----BEGIN PRIVATE KEY-----\\n',
  '-----BEGIN ',
  '<token>',
  'token value',
  'token,',
  'gho_',
  '\\',
]

it.each(hostile.map((piece) => [piece]))(
  'a text of %j again and again is looked through without a look ahead for each',
  (piece) => {
    // What looked ahead would take longer than a test may.
    expect(() => redact(piece.repeat(1_000_000 / piece.length))).not.toThrow()
  },
)
