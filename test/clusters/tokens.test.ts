import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { type KubernetesSandbox, startKubernetes } from '../../sandbox/kubernetes/server.ts'
import { createManualClock, type ManualClock } from '../../sandbox/manual-clock.ts'
import { createClusterOpener } from '../../src/kubernetes/cluster.ts'
import {
  createFileTokens,
  createServiceAccountTokens,
  type TokenSource,
} from '../../src/kubernetes/tokens.ts'

const minuteMs = 60_000
const request = 'POST /api/v1/namespaces/shared/serviceaccounts/onboard-bot/token'

let clock: ManualClock
let kubernetes: KubernetesSandbox
let folder: string
let token: TokenSource
let asked: number
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-tokens-'))
  clock = createManualClock()
  kubernetes = await startKubernetes({ clock })
  asked = 0
  kubernetes.faults.onRequest = (line) => {
    if (line.startsWith(request)) asked += 1
  }
  const path = join(folder, 'kubeconfig')
  writeFileSync(path, kubernetes.kubeconfig('onboard-bot'))
  const cluster = createClusterOpener({ kind: 'kubeconfig', path }, {})
  const serviceAccount = 'onboard-bot'
  token = createServiceAccountTokens({ cluster, namespace: 'shared', serviceAccount, clock })
})
afterEach(async () => {
  await kubernetes.close()
  rmSync(folder, { recursive: true })
})

const now = (): Promise<string> => token({ refused: false })
const who = (given: string): string | undefined => kubernetes.authenticate(given)
const fail = (times: number): void => {
  kubernetes.faults.answers.push({ request, status: 503, message: 'not now', times })
}

describe('a token by TokenRequest', () => {
  it('is asked for once, by however many calls, and serves until 80 % of its life are over', async () => {
    const [first, ...others] = await Promise.all([now(), now(), now()])
    expect(new Set(others)).toEqual(new Set([first]))
    expect(who(first)).toBe('system:serviceaccount:shared:onboard-bot')
    clock.advance(48 * minuteMs - 1)
    expect(await now()).toBe(first)
    expect(asked).toBe(1)
  })

  it('is renewed then, while the calls of that moment go on with the one in use', async () => {
    const first = await now()
    clock.advance(48 * minuteMs)
    expect(await Promise.all([now(), now(), now()])).toEqual([first, first, first])
    await vi.waitFor(async () => expect(await now()).not.toBe(first))
    expect(asked).toBe(2)
  })

  it('serves until its end while a new one cannot be had', async () => {
    const first = await now()
    fail(2)
    clock.advance(48 * minuteMs)
    expect(await now()).toBe(first)
    await vi.waitFor(() => expect(asked).toBe(2))
    clock.advance(11 * minuteMs)
    expect(await now()).toBe(first)
    await vi.waitFor(() => expect(asked).toBe(3))
    clock.advance(minuteMs)
    expect(who(first)).toBeUndefined()
    await vi.waitFor(async () => expect(who(await now())).toBeDefined())
  })

  it('is never given once it has ended: the call waits for the new one', async () => {
    const first = await now()
    clock.advance(60 * minuteMs)
    const second = await now()
    expect(second).not.toBe(first)
    expect(who(second)).toBeDefined()
  })

  it('is asked for anew at once when it was refused', async () => {
    const first = await now()
    kubernetes.tokens.delete(first)
    expect(who(await token({ refused: true }))).toBeDefined()
  })

  it('that cannot be had is said in the server’s words, and asked for again by the next call', async () => {
    fail(1)
    await expect(now()).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Kubernetes: request a token for shared/onboard-bot: not now',
    })
    expect(who(await now())).toBeDefined()
  })
})

it('a token from a file is the one that stands there at the moment of the call', async () => {
  const path = join(folder, 'token')
  const fromFile = createFileTokens(path)
  writeFileSync(path, 'one\n')
  expect(await fromFile({ refused: false })).toBe('one')
  writeFileSync(path, 'two\n')
  expect(await fromFile({ refused: false })).toBe('two')
  rmSync(path)
  await expect(fromFile({ refused: false })).rejects.toMatchObject({ code: 'unauthorized' })
})

it.each(['one\ntwo', 'tok€n'])(
  'a token file with a character inside that no header carries is told as that: %j',
  async (content) => {
    const path = join(folder, 'token')
    writeFileSync(path, `${content}\n`)
    await expect(createFileTokens(path)({ refused: false })).rejects.toMatchObject({
      code: 'unauthorized',
      message: `the token file ${path} has a line break inside, or another character that no token has`,
      cure: `Put one token and nothing else into ${path}.`,
    })
  },
)
