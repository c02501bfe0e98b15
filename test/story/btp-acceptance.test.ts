import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { dump } from 'js-yaml'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { repositoryRoot, startWorld, type World } from '../../sandbox/world.ts'

// Every step is a process of its own, and the test another.
vi.setConfig({ testTimeout: 300_000 })

let world: World
beforeEach(async () => {
  world = await startWorld()
})
afterEach(async () => {
  await world.close()
})

/** Runs `npm run test:btp` against the sandbox's global account and cluster. */
const acceptance = async (
  more: Readonly<Record<string, string>>,
): Promise<{ code: number; said: string }> => {
  const paths = {
    key: join(world.folder, 'key.json'),
    kubeconfig: join(world.folder, 'acceptance-kubeconfig'),
    settings: join(world.folder, 'acceptance.yml'),
    helmFaults: join(world.folder, 'helm-faults.json'),
  }
  writeFileSync(paths.key, JSON.stringify(world.btp.serviceKey()))
  writeFileSync(paths.kubeconfig, world.kubernetes.kubeconfig('admin'))
  const settings = {
    key: paths.key,
    kubeconfig: paths.kubeconfig,
    namespace: 'demo',
    parameters: { 'display-name': 'Acceptance', subdomain: 'acceptance-1', 'remove-operator': 'yes' },
  }
  writeFileSync(paths.settings, dump(settings))
  const child = spawn('npm', ['run', 'test:btp'], {
    cwd: repositoryRoot,
    env: {
      ...process.env,
      PATH: [join(repositoryRoot, 'sandbox/helm/bin'), process.env['PATH'] ?? ''].join(delimiter),
      SANDBOX_NODE: process.execPath,
      HELM_FAULTS: paths.helmFaults,
      NODE_COMPILE_CACHE: join(world.folder, 'compile-cache'),
      HELM_TIMEOUT: '3s',
      POLL_FIRST_MS: '100',
      POLL_LONGEST_MS: '400',
      CI: '',
      BTP_ACCEPTANCE: paths.settings,
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (data: Buffer) => (said += data.toString()))
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code: code ?? -1, said }
}

const confirmed = { BTP_ACCEPTANCE_CONFIRM: 'create and delete acceptance-1' }
const nothing = { subaccounts: [], platforms: [], releases: [], platformSecrets: [] }

it('the acceptance test passes, and leaves nothing', async () => {
  const { code, said } = await acceptance(confirmed)
  expect([code, said]).toEqual([0, expect.stringContaining('what exists now: {"subaccount-id"')])
  expect(said).not.toContain('sandbox-secret')
  expect(world.inventory()).toMatchObject(nothing)
})

it('the acceptance test cleans up after itself when a step fails', async () => {
  world.setHelmFault('not-ready')
  const { code, said } = await acceptance(confirmed)
  expect([code, said]).toEqual([1, expect.stringContaining('install-proxy ended with')])
  expect(world.inventory()).toMatchObject(nothing)
})

it.each([
  ['a confirmation', {}, 'needs BTP_ACCEPTANCE_CONFIRM'],
  ['its settings', { BTP_ACCEPTANCE: '' }, 'needs a file that BTP_ACCEPTANCE names'],
])('without %s the acceptance test is skipped by name and touches nothing', async (_, more, words) => {
  const { code, said } = await acceptance({ ...more, FORCE_COLOR: '0' })
  expect([code, said]).toEqual([0, expect.stringContaining(words)])
  expect(said).toContain('skipped')
  if (!('BTP_ACCEPTANCE' in more)) {
    expect(said).toContain("BTP_ACCEPTANCE_CONFIRM='create and delete acceptance-1' starts it.")
  }
  expect(world.inventory()).toMatchObject(nothing)
})

it.each([
  [
    'names no file',
    undefined,
    /acceptance-2\.yml, which BTP_ACCEPTANCE names, cannot be read \(ENOENT\)\. docs\/operations\.md shows/,
  ],
  [
    'lacks names',
    'cluster: acceptance\n',
    /: key is missing; kubeconfig is missing; namespace is missing\. docs/,
  ],
])('settings that cannot be used are told in plain words: BTP_ACCEPTANCE %s', async (_, text, words) => {
  const path = join(world.folder, 'acceptance-2.yml')
  if (text !== undefined) writeFileSync(path, text)
  const { code, said } = await acceptance({ BTP_ACCEPTANCE: path, FORCE_COLOR: '0' })
  expect([code, said]).toEqual([1, expect.stringMatching(words)])
  expect(world.inventory()).toMatchObject(nothing)
})
