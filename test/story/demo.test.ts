import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { parseEnv } from 'node:util'

import { expect, it } from 'vitest'

import { closeServer, listen } from '../../sandbox/http.ts'
import { repositoryRoot } from '../../sandbox/world.ts'

const demo = (port: string, ...options: readonly string[]): { status: number | null; stderr: string } =>
  spawnSync(process.execPath, ['sandbox/demo.ts', ...options], {
    cwd: repositoryRoot,
    env: { ...process.env, PORT: port },
    encoding: 'utf8',
    timeout: 20_000,
  })

it.each(['abc', '0', '70000', '3e3'])('the demo refuses the port %s in plain words', (port) => {
  const { status, stderr } = demo(port)
  expect(status).toBe(1)
  expect(stderr).toBe(
    `The demo cannot start.\n- PORT: "${port}" is no port; name a free one from 1 to 65535: PORT=3211 npm run demo\n`,
  )
})

it.each([
  ['--tuor', 'did you mean "--tour"?'],
  ['tour', 'did you mean "--tour"?'],
  ['--help', 'there is: --tour'],
])('the demo refuses the option %s in plain words, and names what there is', (option, cure) => {
  const { status, stderr } = demo('3999', option)
  expect(status).toBe(1)
  expect(stderr).toBe(
    `The demo cannot start.\n- There is no option "${option}"; ${cure}\n- "npm run demo" alone starts the page; "npm run demo -- --tour" plays the whole story by itself\n`,
  )
})

it('the demo prints its address, and in two lines what to try; its two clusters stand apart', async () => {
  const server = createServer()
  const { port } = new URL(await listen(server, 0))
  await closeServer(server)
  const started = spawn(process.execPath, ['sandbox/demo.ts'], {
    cwd: repositoryRoot,
    env: { ...process.env, PORT: port },
  })
  const ended = once(started, 'exit')
  const [lines, addresses]: [string[], string[]] = [[], []]
  for await (const line of createInterface({ input: started.stdout })) {
    lines.push(line)
    if (!line.includes('doctor')) continue
    const [settings = ''] = line.match(/(?<=--env-file=)\S+/) ?? []
    const { ONBOARD_CONFIG = '' } = parseEnv(readFileSync(settings, 'utf8'))
    addresses.push(...(readFileSync(ONBOARD_CONFIG, 'utf8').match(/kubeconfig: \S+/g) ?? []))
    started.kill('SIGINT')
  }
  expect(await ended).toEqual([0, null])
  expect(new Set(addresses).size).toBe(2)
  expect(lines).toHaveLength(3)
  expect(lines[0]).toBe(`Open http://127.0.0.1:${port} in a browser; Ctrl-C ends it.`)
  expect(lines[1]).toContain('/onboard prod-eu shop')
  expect(lines[2]).toMatch(/namespace .*--env-file=\S+bot\.env src\/main\.ts doctor/)
})

it('the demo says which port is in use, and how to take another', async () => {
  const server = createServer()
  const { port } = new URL(await listen(server, 0))
  const { status, stderr } = demo(port)
  await closeServer(server)
  expect(status).toBe(1)
  expect(stderr).toContain(`The port ${port} is in use; name a free one`)
  expect(stderr).not.toContain('    at ')
})

it('the tour ends with 1 and names what is wrong when a subaccount, a platform or a namespace is left behind', () => {
  const ended = spawnSync(process.execPath, ['sandbox/demo.ts', '--tour', '--leave-something-behind'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(ended.status).toBe(1)
  expect(ended.stderr).toMatch(/subaccounts: there is \["shop-prod","left-behind"\]/)
  expect(ended.stderr).toMatch(
    /platforms: there is \["left-behind-platform","operator-access-[0-9a-f]{12}"\], and there should be \["operator-access-[0-9a-f]{12}"\]/,
  )
  expect(ended.stderr).toMatch(
    /namespaces: there is \["left-behind-namespace","sap-btp-operator"\], and there should be \["sap-btp-operator"\]/,
  )
  // People read neither the names of emoji nor the marks around what is bold.
  expect(ended.stdout).not.toMatch(/:[a-z_]+:|\*[A-Z]/)
}, 70_000)
