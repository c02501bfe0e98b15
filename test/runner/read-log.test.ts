import { generateKeyPairSync } from 'node:crypto'

import { expect, it } from 'vitest'

import type { Event } from '../../src/onboarding/events.ts'
import { readLog } from '../../src/runner/effects/read-log.ts'
import { secretName } from '../../src/runner/naming.ts'
import { after, approved, created, failure, requested } from '../onboarding/builders.ts'
import { World } from '../simulation/world.ts'

/** What the thread would show of these lines, for a run with this Secret. */
const shown = async (
  secret: Record<string, string>,
  lines: readonly string[],
): Promise<readonly string[]> => {
  const world = new World(() => 0.5)
  const onboarding = after(requested(), approved(), created(), failure)
  const [run] = onboarding.runs
  if (run === undefined) throw new Error('there is no run')
  world.secrets.set(secretName(run), secret)
  const tools = world.tools({ isAlive: true })
  const events: Event[] = []
  await readLog({
    onboarding,
    index: 0,
    run,
    tools: {
      ...tools,
      workflows: { ...tools.workflows, log: async () => lines },
      checkUnrecorded: async () => undefined,
    },
    tell: async (event) => {
      events.push(event)
      return onboarding
    },
  })
  return events.flatMap((event) => (event.type === 'log-read' ? event.lines : []))
}

const { privateKey: pem } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const secretLines = pem.trim().split('\n').slice(1, -1)

it.each([
  ['as it is', { key: pem }],
  ['in JSON', { key: JSON.stringify({ certificate: pem }) }],
  ['in base64', { kubeconfig: `a: 1\nclient-key-data: ${Buffer.from(pem).toString('base64')}\n` }],
  [
    'in YAML',
    { kubeconfig: `users:\n- user:\n    client-key: |\n      ${pem.replaceAll('\n', '\n      ')}` },
  ],
])(
  'a key of several lines is masked in each line of a log, where the Secret has it %s',
  async (_, secret) => {
    const lines = ['cannot use this key:', ...secretLines.slice(-8).map((line) => `  ${line}`)]
    const told = await shown(secret, lines)
    expect(told[0]).toBe('cannot use this key:')
    expect(secretLines.filter((line) => told.some((one) => one.includes(line)))).toEqual([])
  },
)

it('a token of a kubeconfig is masked without a name before it; what else the file says stays', async () => {
  const token = 'kqzv8Jw2pLx0TnB4rYc7dMf1'
  const kubeconfig = [
    'apiVersion: v1',
    'clusters:',
    '- name: prod',
    '  cluster:',
    '    server: https://api.prod.example.com:6443',
    'users:',
    '- name: robot',
    '  user:',
    `    token: ${token}`,
    '',
  ].join('\n')
  const lines = [
    `signed in by ${token}`,
    'no answer from https://api.prod.example.com:6443',
    'apiVersion: v1',
  ]
  expect(await shown({ kubeconfig }, lines)).toEqual(['signed in by [secret]', ...lines.slice(1)])
})

it('a line of our own steps is kept as its time and message, and any other as it is', async () => {
  const own = '{"time":"2026-01-05T09:03:04.567Z","message":"no chart","level":"error","error":"x"}'
  expect(await shown({}, [own, '{"a":1}', 'Error: b'])).toEqual([
    '09:03:04 no chart {"error":"x"}',
    '{"a":1}',
    'Error: b',
  ])
})

it('a long line is cut where it is read, not where it was written', async () => {
  const message = `The namespace "shop" is there ${'already, '.repeat(40)}`
  const own = JSON.stringify({ time: '2026-01-05T09:03:04.567Z', message })
  const [line = ''] = await shown({}, [own])
  expect(line).toBe(`${`09:03:04 ${message}`.slice(0, 299)}…`)
})

it('a secret that JSON spells in another way is masked in what is read', async () => {
  const password = 'a"quoted"\\word'
  const own = JSON.stringify({ time: '2026-01-05T09:03:04.567Z', message: `refused: ${password}` })
  expect(await shown({ password }, [own])).toEqual(['09:03:04 refused: [secret]'])
})

it('a private key that the Secret does not hold is hidden over all its lines, and what stands around it stays', async () => {
  const lines = ['made a key:', ...pem.trim().split('\n'), 'signed with DB_PASSWORD="a b"', 'done']
  const told = ['made a key:', '[secret]', 'signed with DB_PASSWORD="[secret]"', 'done']
  expect(await shown({}, lines)).toEqual(told)
})
