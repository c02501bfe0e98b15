import { exec, execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { repositoryRoot } from '../../sandbox/world.ts'
import { steps } from '../../src/steps/run/steps.ts'

const docs = readFileSync(join(repositoryRoot, 'docs/steps.md'), 'utf8')

/** The rows of the table of what each step cannot do without. */
const required = Object.fromEntries(
  [...docs.matchAll(/^\| `([a-z-]+)` \| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|$/gm)].map(
    ([, step = '', names = '']) => [step, names.replaceAll('`', '').split(', ')],
  ),
)

/** What a step says is missing when it is told nothing. */
const missingIn = async (step: string): Promise<readonly string[]> => {
  const root = mkdtempSync(join(tmpdir(), 'onboard-bot-docs-'))
  await new Promise((resolve) => {
    const options = { cwd: repositoryRoot, env: { CONTAINER_ROOT: root } }
    execFile(process.execPath, ['src/steps/run/main.ts', step], options, resolve)
  })
  const said = readFileSync(join(root, 'dev/termination-log'), 'utf8')
  rmSync(root, { recursive: true })
  return [...said.matchAll(/([A-Z_]+) is missing/g)].map(([, name = '']) => name)
}

it('docs/steps.md shows how to run steps against the sandbox, by a command that works as it stands', async () => {
  const [command = ''] = /^npm run -s step .*$/m.exec(docs) ?? []
  const options = {
    cwd: repositoryRoot,
    env: { ...process.env, KUBECONFIG: '/nowhere', POLL_FIRST_MS: '20' },
  }
  const said = await new Promise<string>((resolve, reject) => {
    exec(command, options, (error, stdout) => (error === null ? resolve(stdout) : reject(error)))
  })
  expect(said.match(/^[a-z-]+: exit code 0$/gm)).toHaveLength(6)
  expect(said).toContain('/tmp/outputs/remaining: []')
}, 60_000)

it('docs/steps.md names every step', () => {
  expect(Object.keys(required)).toEqual(Object.keys(steps))
})

it.each(Object.keys(steps))('docs/steps.md names what %s cannot do without', async (step) => {
  expect(required[step]).toEqual(await missingIn(step))
})

it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', ''])(
  '"%s" is the name of no step: it ends with 2 and names those that there are',
  async (name) => {
    const root = mkdtempSync(join(tmpdir(), 'onboard-bot-docs-'))
    const code = await new Promise((resolve) => {
      const options = { cwd: repositoryRoot, env: { CONTAINER_ROOT: root } }
      execFile(process.execPath, ['src/steps/run/main.ts', name], options, (error) =>
        resolve(error?.code ?? 0),
      )
    })
    const said = readFileSync(join(root, 'dev/termination-log'), 'utf8')
    rmSync(root, { recursive: true })
    expect([code, said]).toEqual([
      2,
      expect.stringContaining(`There is no step "${name}"; there is create-subaccount,`),
    ])
  },
)
