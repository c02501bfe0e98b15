import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { dump, load } from 'js-yaml'
import { afterEach, expect, it } from 'vitest'

import { startWorld, type World } from '../../sandbox/world.ts'
import { Play } from '../story/play.ts'

let play: Play
afterEach(async () => {
  await play.end()
})

/** Every cluster is signed in to by a program that notes its environment first. */
const signInByProgram = ({ folder, environment }: World): string => {
  const config = environment['ONBOARD_CONFIG'] ?? ''
  const noted = join(folder, 'environment-of-the-program')
  const program = join(folder, 'sign-in')
  const file = load(readFileSync(config, 'utf8')) as {
    clusters: Record<string, { kubernetes: Record<string, string> }>
  }
  for (const { kubernetes } of Object.values(file.clusters)) {
    const path = kubernetes['kubeconfig'] ?? ''
    const kubeconfig = load(readFileSync(path, 'utf8')) as {
      users: [{ user: { token?: string } | { exec: object } }]
    }
    const credential = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'token' in kubeconfig.users[0].user ? kubeconfig.users[0].user.token : undefined },
    })
    writeFileSync(program, `#!/bin/sh\nenv >> ${noted}\necho '${credential}'\n`)
    chmodSync(program, 0o700)
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: program, args: [] }
    kubeconfig.users[0].user = { exec }
    const other = join(folder, 'kubeconfig-with-a-program')
    writeFileSync(other, dump(kubeconfig), { mode: 0o600 })
    Object.assign(kubernetes, { kubeconfig: other, exec: program })
  }
  writeFileSync(config, dump(file, { noRefs: true }))
  return noted
}

it(
  'a program that a kubeconfig names is given none of the secrets of the bot',
  { timeout: 60_000 },
  async () => {
    const world = await startWorld({ way: 'port-forward' })
    const noted = signInByProgram(world)
    play = await Play.on(world)
    await play.ask()
    await play.until('it has signed in', () => existsSync(noted))
    await play.until('argo-server has answered', () => play.cardText().includes('argo-server would take'))
    const environment = readFileSync(noted, 'utf8')
    expect(environment).toContain('ONBOARD_CONFIG=')
    for (const name of ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SHARED_META_TOKEN']) {
      expect(world.environment[name]).toMatch(/./)
      expect(environment).not.toContain(world.environment[name])
    }
  },
)
