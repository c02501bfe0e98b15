import { describe, expect, it } from 'vitest'

import { noAnswer } from './no-answer.ts'
import { ProxyError } from './proxy-error.ts'

const withCode = (code: string): Error => Object.assign(new Error('secret details'), { code })
const late = new DOMException('aborted', 'TimeoutError')

describe('an error of the network says why there is no answer, by its host alone', () => {
  it.each([
    [withCode('ENOTFOUND'), 'the host name of sm.test:8443 is not known', 'gone'],
    [withCode('EAI_AGAIN'), 'the host name of sm.test:8443 is not known', 'passing'],
    [withCode('ECONNREFUSED'), 'sm.test:8443 refuses the connection', 'gone'],
    [withCode('ENETUNREACH'), 'there is no way to sm.test:8443', 'gone'],
    [withCode('UND_ERR_CONNECT_TIMEOUT'), 'sm.test:8443 does not answer in time', 'gone'],
    [late, 'sm.test:8443 does not answer in time', 'passing'],
    [new TypeError('fetch failed', { cause: late }), 'sm.test:8443 does not answer in time', 'passing'],
    [withCode('SELF_SIGNED_CERT_IN_CHAIN'), 'the certificate of sm.test:8443 is of no known CA', 'lasting'],
    [
      new TypeError('fetch failed', { cause: withCode('ERR_TLS_CERT_ALTNAME_INVALID') }),
      'the certificate of sm.test:8443 is for another host name',
      'lasting',
    ],
    [withCode('CERT_HAS_EXPIRED'), 'the certificate of sm.test:8443 is not valid at this time', 'lasting'],
    [withCode('ERR_SSL_WRONG_VERSION_NUMBER'), 'sm.test:8443 speaks no TLS', 'lasting'],
    [Object.assign(new Error('no'), { name: 'HTTPParserError' }), 'sm.test:8443 speaks no HTTP', 'passing'],
    [new SyntaxError('secret details'), 'sm.test:8443 answers what is no JSON', 'passing'],
    [withCode('UND_ERR_SOCKET'), 'it does not answer', 'passing'],
    ['no error at all', 'it does not answer', 'passing'],
  ])('%s', (error, why, how) => {
    const told = noAnswer(error, 'https://user:password@sm.test:8443/v1')
    expect(told.why).toBe(why)
    expect(told.cure ?? 'Wait').toMatch(/^[A-Z].*[^.]$/)
    expect([told.isUnreachable, told.isLasting]).toEqual([how === 'gone', how === 'lasting'])
  })

  it.each([
    [{ code: 'ENOTFOUND', hostname: 'proxy.test' }, 'the host name of the proxy proxy.test is not known'],
    [
      { code: 'ECONNREFUSED', address: '10.0.0.7', port: 3128 },
      'the proxy 10.0.0.7:3128 refuses the connection',
    ],
    [{ code: 'ENOTFOUND', hostname: 'sm.test' }, 'the host name of sm.test is not known'],
    [{ code: 'ECONNREFUSED', address: '10.0.0.8', port: 443 }, 'sm.test refuses the connection'],
  ])('of a proxy where the connection was for one: %j', (fields, why) => {
    expect(noAnswer(Object.assign(new Error('no'), fields), 'https://sm.test/v1').why).toBe(why)
  })

  it.each([
    [{ cause: withCode('ECONNREFUSED') }, 'the proxy proxy.test:3128 refuses the connection', 'passing'],
    [
      { cause: withCode('CERT_HAS_EXPIRED') },
      'the certificate of the proxy proxy.test:3128 is not',
      'lasting',
    ],
    [{ cause: withCode('UND_ERR_SOCKET') }, 'the proxy proxy.test:3128 does not answer', 'passing'],
    [{ status: 407 }, 'the proxy proxy.test:3128 refused (407)', 'lasting'],
    [{ status: 429 }, 'the proxy proxy.test:3128 refused (429)', 'passing'],
    [{ status: 502 }, 'the proxy proxy.test:3128 refused (502)', 'passing'],
  ])('of a proxy says nothing of the server behind: %j', (options, why, how) => {
    const error = new ProxyError({ proxy: 'proxy.test:3128', setting: 'environment' }, options)
    const told = noAnswer(new TypeError('fetch failed', { cause: error }), 'https://sm.test')
    expect(told.why).toContain(why)
    expect([told.isUnreachable, told.isLasting]).toEqual([false, how === 'lasting'])
  })

  it('that leads in a circle ends', () => {
    const error = new Error('round')
    error.cause = error
    expect(noAnswer(error, 'no address').why).toBe('it does not answer')
  })
})
