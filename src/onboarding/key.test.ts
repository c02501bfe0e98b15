import { expect, it } from 'vitest'

import { keyText, parseKey } from './key.ts'

it('a key and its text are the same', () => {
  const key = { cluster: 'prod', namespace: 'shop', template: 'sap-btp' }
  expect(parseKey(keyText(key))).toEqual(key)
  expect(parseKey('a/b')).toBeUndefined()
  expect(parseKey('a/b/c/d')).toBeUndefined()
  expect(parseKey('../b/c')).toBeUndefined()
})
