import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'

import { expect, it } from 'vitest'

import { closeServer, listen } from '../../sandbox/http.ts'
import { repositoryRoot } from '../../sandbox/world.ts'

const demo = (port: string): { status: number | null; stderr: string } =>
  spawnSync(process.execPath, ['sandbox/demo.ts'], {
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

it('the demo says which port is in use, and how to take another', async () => {
  const server = createServer()
  const { port } = new URL(await listen(server, 0))
  const { status, stderr } = demo(port)
  await closeServer(server)
  expect(status).toBe(1)
  expect(stderr).toContain(`The port ${port} is in use; name a free one`)
  expect(stderr).not.toContain('    at ')
})
