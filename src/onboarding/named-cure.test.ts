import { expect, it } from 'vitest'

import { namedCure } from './named-cure.ts'

it.each([
  ['It is taken. Clean up, then ask again with another subdomain.', 'ask again'],
  ['Mend its values, then clean up and ask again; or have the policy changed, then retry.', 'ask again'],
  ['Give it the rights of deploy/target-cluster/sap-btp-charts.yaml, then retry.', 'retry'],
  ['Correct its address; then retry; or clean up and ask again where it stands in the template.', 'retry'],
  ['Move it away, then try again.', 'retry'],
  ['Remove them,\nthen clean up again.', 'clean up again'],
] as const)('a text that ends with "%s" names the cure that stands first: %s', (text, cure) => {
  expect(namedCure(text)).toBe(cure)
})

it.each([
  ['please apply your changes to the latest version and try again'],
  ['The server says: please retry. It is down.'],
  ['It cannot be had by retrying.'],
  [''],
])('a text that does not end with what to press names no cure: "%s"', (text) => {
  expect(namedCure(text)).toBeUndefined()
})
