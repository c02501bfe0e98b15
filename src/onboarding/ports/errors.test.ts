import { expect, it } from 'vitest'

import { MessengerError } from './messenger.ts'
import { RemoteError } from './remote-error.ts'
import { StoreError } from './store.ts'

it('errors carry their code and cause', () => {
  expect(new RemoteError('x', { code: 'invalid', retryAfterMs: 5 })).toMatchObject({
    code: 'invalid',
    retryAfterMs: 5,
  })
  expect(new StoreError('x', { code: 'disk' }).code).toBe('disk')
  expect(new MessengerError('x', { code: 'later' }).code).toBe('later')
})
