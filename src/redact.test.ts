import { expect, it } from 'vitest'

import { redact } from './redact.ts'

it.each([
  ['client-secret: s3cr3t-pw', 'client-secret: [secret]'],
  ['client_secret=s3cr3t-pw', 'client_secret=[secret]'],
  ['client-key-data: LS0tLS1CRUdJTg', 'client-key-data: [secret]'],
  ['refresh-token: abcdef', 'refresh-token: [secret]'],
  ['id_token=abcdef', 'id_token=[secret]'],
  ['api-key: abcdef', 'api-key: [secret]'],
  ['{"password":"abcdef"}', '{"password":"[secret]"}'],
  ['Bearer abcdef123', '[secret]'],
  ['http://bob:hunter2@proxy.test:8080', 'http://[secret]@proxy.test:8080'],
  ['https://sm.test:8443/v1?at=a@b', 'https://sm.test:8443/v1?at=a@b'],
  ['the secret shop-run is not there', 'the secret shop-run is not there'],
])('of "%s" is shown "%s"', (text, shown) => {
  expect(redact(text)).toBe(shown)
})
