import { expect, it } from 'vitest'

import { unreachable } from '../../src/argo/errors.ts'
import { remoteError } from '../../src/kubernetes/errors.ts'
import { connectionWords } from '../../src/network/connection-words.ts'

const withCode = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code })

it.each([
  [withCode('UND_ERR_HEADERS_TIMEOUT'), 'no answer in time'],
  [withCode('UND_ERR_BODY_TIMEOUT'), 'no answer in time'],
  [new DOMException('The operation was aborted due to timeout', 'TimeoutError'), 'no answer in time'],
  [
    new TypeError('fetch failed', { cause: withCode('ECONNRESET') }),
    'the connection was cut off (ECONNRESET)',
  ],
  [withCode('ECONNREFUSED'), 'nothing takes connections at its address (ECONNREFUSED)'],
])('%o is told in words of argo-server and of Kubernetes', (error, words) => {
  expect(connectionWords(error)).toBe(words)
  expect(unreachable(error, {}).message).toBe(`argo-server cannot be reached: ${words}`)
  expect(remoteError('find the pods', error).message).toBe(`Kubernetes: find the pods: ${words}`)
})

it('what Node alone has a name for keeps it', () => {
  expect(connectionWords(withCode('EWHATEVER'))).toBeUndefined()
  expect(unreachable(withCode('EWHATEVER'), {}).message).toBe('argo-server cannot be reached: EWHATEVER')
})

it('a port of the kubeconfig that fetch refuses is told with what to correct', async () => {
  const refused: unknown = await fetch('https://127.0.0.1:1/version').catch((error: unknown) => error)
  expect(remoteError('ask for the version', refused)).toMatchObject({
    message: 'Kubernetes: ask for the version: no Kubernetes API can have the port of its address',
    cure: 'Correct the port of the server in the kubeconfig.',
  })
})
