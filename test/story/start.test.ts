import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'

import { dump, load } from 'js-yaml'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'

import { closeServer, listen, sendJson } from '../../sandbox/http.ts'
import { startSlack } from '../../sandbox/slack/server.ts'
import { repositoryRoot, startWorld, type World } from '../../sandbox/world.ts'
import { lockFolder } from '../../src/store/lock.ts'

let world: World
let closing: (() => Promise<void>)[] = []
beforeEach(async () => {
  world = await startWorld()
})
afterEach(async () => {
  for (const close of closing) await close()
  closing = []
  await world.close()
})

interface Started {
  readonly child: ChildProcess
  readonly said: { stdout: string; stderr: string }
  readonly ended: Promise<number | null>
}

const start = (
  environment: Readonly<Record<string, string>>,
  { before = [], uid }: { before?: readonly string[]; uid?: number } = {},
): Started => {
  const [program, ...words] = [...before, process.execPath, 'src/main.ts']
  const child = spawn(program, words, {
    cwd: repositoryRoot,
    env: { ...process.env, ...world.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  closing.push(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, said, ended }
}

/** A Slack that knows the bot's token and gives one answer to the app's. */
const slackRefusing = async (code: string): Promise<string> => {
  const server: Server = createServer((request, response) => {
    const bot = { ok: true, url: 'https://acme.slack.com/', team_id: 'T1', bot_id: 'B1', user_id: 'U1' }
    sendJson(response, 200, request.url === '/api/auth.test' ? bot : { ok: false, error: code })
  })
  const url = await listen(server, 0)
  closing.push(() => closeServer(server))
  return `${url}/api/`
}

/** Nobody listens there. */
const closedPort = async (): Promise<number> => {
  const server = createServer()
  const { port } = new URL(await listen(server, 0))
  await closeServer(server)
  return Number(port)
}

it.each([
  ['SLACK_BOT_TOKEN', 'xoxb-wrong', 'give the bot token (xoxb-…) of the installed app'],
  ['SLACK_APP_TOKEN', 'xapp-1-wrong', 'give an app-level token (xapp-…) with the scope connections:write'],
])('a %s that Slack refuses ends the bot with the cure', async (name, token, cure) => {
  const { said, ended } = start({ [name]: token })
  expect(await ended).toBe(1)
  expect(said.stderr).toContain(
    `The bot cannot start:\n- ${name}: Slack does not take it (invalid_auth); ${cure}`,
  )
  expect(said.stderr).not.toMatch(/^ {4}at /m)
  expect(said.stdout).not.toContain('cannot start')
})

it.each([
  ['SLACK_BOT_TOKEN_FILE', { SLACK_BOT_TOKEN: '', SLACK_BOT_TOKEN_FILE: 'xoxb-444-hunter2' }],
  ['SLACK_API_URL', { SLACK_API_URL: 'user:hunter2@slack.com' }],
  ['LOG_LEVEL', { LOG_LEVEL: 'xoxb-444-hunter2' }],
  ['The templates cannot be used', { TEMPLATES_DIR: '/nowhere/xoxb-444-hunter2' }],
  ['onboard-bot.example.yml', { ONBOARD_CONFIG: '/nowhere/xoxb-444-hunter2' }],
])('a secret that stands where it should not is named and not shown: %s', async (name, environment) => {
  const { said, ended } = start(environment)
  expect(await ended).toBe(1)
  expect(said.stderr).toContain(name)
  expect(`${said.stderr}${said.stdout}`).not.toContain('hunter2')
})

it('a token of a file that Slack refuses is told with the variable that names the file', async () => {
  const path = join(world.folder, 'slack-token')
  writeFileSync(path, 'xoxb-wrong')
  const { said, ended } = start({ SLACK_BOT_TOKEN: '', SLACK_BOT_TOKEN_FILE: path })
  expect(await ended).toBe(1)
  expect(said.stderr).toContain('- SLACK_BOT_TOKEN_FILE: Slack does not take it (invalid_auth); give')
})

it('two tokens that Slack refuses are named at once', async () => {
  const { said, ended } = start({ SLACK_BOT_TOKEN: 'xoxb-wrong', SLACK_APP_TOKEN: 'xapp-1-wrong' })
  expect(await ended).toBe(1)
  const named = said.stderr.match(/^- SLACK_\w+: Slack does not take it/gm)
  expect(named).toEqual([
    '- SLACK_BOT_TOKEN: Slack does not take it',
    '- SLACK_APP_TOKEN: Slack does not take it',
  ])
})

it.each(['missing_scope', 'not_allowed_token_type'])(
  'an app token that Slack refuses as %s, which the socket client would try for ever, ends the bot too',
  async (code) => {
    const { said, ended } = start({ SLACK_API_URL: await slackRefusing(code) })
    expect(await ended).toBe(1)
    expect(said.stderr).toContain(`SLACK_APP_TOKEN: Slack does not take it (${code})`)
  },
)

it('a channel, a user group and a person of the policy that are no good are told in the log once the bot serves', async () => {
  const path = join(world.folder, 'onboard-bot.yml')
  const text = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    text
      .replace('channel: C0ONBOARD', 'channel: C0GONE')
      .replace('S0PLATFORM', 'S0GONE')
      .replace('U0INES', 'U0DORA'),
  )
  const { said } = start({})
  await expect
    .poll(() => said.stdout, { timeout: 20_000 })
    .toContain('Slack: user group S0GONE of the policy: there is no such user group')
  expect(said.stdout.indexOf('"msg":"ready"')).toBeLessThan(said.stdout.indexOf('C0GONE'))
  expect(said.stdout).toContain(
    'Slack: channel C0GONE: there is no such channel, or it is private and the bot is not in it',
  )
  expect(said.stdout).toContain('invite the bot in the channel (/invite)')
  await expect
    .poll(() => said.stdout)
    .toContain('Slack: user U0DORA of the policy: is deactivated, and may do nothing')
})

it('a policy that lets nobody approve starts, says so in the log, and promises no approver', async () => {
  const path = join(world.folder, 'onboard-bot.yml')
  const { policy, ...rest } = z
    .looseObject({ policy: z.looseObject({}) })
    .parse(load(readFileSync(path, 'utf8')))
  writeFileSync(path, dump({ ...rest, policy: { ...policy, approve: [] } }))
  const { said } = start({})
  await expect.poll(() => said.stdout, { timeout: 20_000 }).toContain('"msg":"ready"')
  await expect
    .poll(() => said.stdout)
    .toContain('nobody may approve what is asked for, so that every request expires')
  expect(said.stdout).toContain('"offers":["prod-eu/sap-btp","prod-eu/namespace"')
  expect(said.stdout).toContain('name people or a user group in \\"policy.approve\\"')
})

it('a Slack that cannot be reached is tried on, and served once it can be', async () => {
  const port = await closedPort()
  const { child, said } = start({ SLACK_API_URL: `http://127.0.0.1:${port}/api/` })
  await expect.poll(() => said.stdout, { timeout: 20_000 }).toContain('check SLACK_API_URL, the network')
  expect(child.exitCode).toBeNull()
  expect(said.stdout).toContain(
    `Slack cannot be reached at http://127.0.0.1:${port}/api/ (fetch failed); check`,
  )
  expect(said.stdout).not.toContain('http request failed')
  // It is asked for the sockets, and who the bot is, several times a second.
  await expect.poll(() => said.stdout, { timeout: 20_000 }).toContain('Slack cannot be asked at')
  expect(said.stdout.match(/Slack cannot be reached at/g)).toHaveLength(1)
  const slack = await startSlack({ port })
  closing.push(() => slack.close())
  await expect.poll(() => said.stdout, { timeout: 20_000 }).toContain('"msg":"ready"')
})

it('beside the mistakes of templates nothing is told of a Slack that cannot be reached', async () => {
  const { said, ended } = start({
    SLACK_API_URL: `http://127.0.0.1:${await closedPort()}/api/`,
    TEMPLATES_DIR: `${world.folder}/none`,
  })
  expect(await ended).toBe(1)
  expect(said.stderr).toContain('The templates cannot be used')
  expect(said.stdout).toBe('')
})

const cannotMount = spawnSync('unshare', ['-rm', 'true']).status !== 0
it.skipIf(cannotMount)(
  'a data folder on a read-only file system ends the bot with the cure (needs mount namespaces)',
  async () => {
    const data = join(world.folder, 'data')
    lockFolder(data)()
    const readOnly = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    const { said, ended } = start(
      { DATA_DIR: data },
      { before: ['unshare', '-rm', 'sh', '-c', readOnly, data] },
    )
    expect(await ended).toBe(1)
    expect(said).toEqual({
      stdout: '',
      stderr: `the data folder ${data} cannot be used (EROFS: read-only file system, access '${data}/lock.db'): mount it so that it can be written to (of a volume, take readOnly out), or set DATA_DIR to another folder\n`,
    })
  },
)

it.skipIf(cannotMount)('a full disk ends the bot with the cure (needs mount namespaces)', async () => {
  const data = join(world.folder, 'data')
  const fill =
    'mount -t tmpfs -o size=64k full "$0" && touch "$0/lock.db" && { head -c 100k /dev/zero > "$0/rest" || true; } && exec "$@"'
  const { said, ended } = start({ DATA_DIR: data }, { before: ['unshare', '-rm', 'sh', '-c', fill, data] })
  expect(await ended).toBe(1)
  expect(said.stderr).toContain(
    `the data folder ${data} cannot be locked (database or disk is full): make room on it, or set DATA_DIR to another folder`,
  )
})

it.skipIf(process.getuid?.() !== 0)(
  'a data folder of another user ends the bot with the cure (needs root, to become another user)',
  async () => {
    const data = join(world.folder, 'data')
    const active = join(data, 'active')
    mkdirSync(active)
    lockFolder(data)()
    for (const path of [world.folder, active]) chmodSync(path, 0o755)
    for (const name of readdirSync(world.folder).filter((one) => /kubeconfig|token/.test(one)))
      chmodSync(join(world.folder, name), 0o644)
    chmodSync(data, 0o777)
    chmodSync(join(data, 'lock.db'), 0o644)
    const asNobody = async (): Promise<object> => {
      const { said, ended } = start({ DATA_DIR: data }, { uid: 65_534 })
      return { code: await ended, ...said }
    }
    const refused = (call: string): object => ({
      code: 1,
      stdout: '',
      stderr: `the data folder ${data} cannot be used (EACCES: permission denied, ${call}): give it, with all that is in it, to the user that the bot runs as, or set DATA_DIR to another folder\n`,
    })
    expect(await asNobody()).toEqual(refused(`access '${data}/lock.db'`))
    chmodSync(join(data, 'lock.db'), 0o666)
    expect(await asNobody()).toEqual(refused(`link '${data}/tmp/.start.tmp' -> '${active}/.start.tmp'`))
  },
)
