import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { repositoryRoot } from '../../sandbox/world.ts'
import { Play } from './play.ts'

let play: Play

afterEach(async () => {
  await play.end()
})

const begin = async (options: Parameters<typeof Play.begin>[0] = {}): Promise<Play> => {
  play = await Play.begin(options)
  return play
}

const doneOnce = (): void => {
  expect([...play.world.argo.creates.values()].every((count) => count === 1)).toBe(true)
  expect(play.world.inventory()).toMatchObject({ subaccounts: ['shop-prod'], runSecrets: [] })
  expect(play.cards()).toHaveLength(1)
  const notices = play.threadText().split('\n')
  for (const step of ['Create the subaccount', 'Register with Service Manager', 'Connect the namespace']) {
    expect(notices.filter((line) => line.includes(`"${step}" is done`))).toHaveLength(1)
  }
  expect(play.world.slack.problems).toEqual([])
}

const isDone = async (): Promise<void> => {
  await play.until(
    'everything is done',
    () => play.threadText().includes('Everything is done') && play.cardText().includes('Done'),
  )
  await settled()
}

/** Nothing tells when the last file has moved: the run's Secret is the last thing to go. */
const settled = async (): Promise<void> => {
  for (let waited = 0; play.world.inventory().runSecrets.length > 0 && waited < 10_000; waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('killed and started again, the bot goes on', () => {
  it.each(['before the decision', 'right after the approval', 'while the workflow runs'])(
    '%s',
    async (when) => {
      await begin()
      await play.ask()
      await play.offered('Approve')
      if (when !== 'before the decision') await play.click('U0BEN', 'Approve')
      if (when === 'while the workflow runs') {
        await play.until('a step is done', () => play.threadText().includes('is done'))
      }
      await play.bot.end('SIGKILL')
      await play.bot.start()
      if (when === 'before the decision') await play.click('U0BEN', 'Approve')
      await isDone()
      doneOnce()
    },
  )

  it('a request that nobody decided expires, also when its deadline passed while the bot was down', async () => {
    await begin({ decideWithin: '2s' })
    await play.ask()
    await play.offered('Approve')
    await play.bot.end('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    await play.bot.start()
    await play.until('it says so', () => play.cardText().includes('Expired'))
    expect(play.cardText()).toMatch(/nobody decided in time, which was until \d{4}-/)
    expect(play.button('Approve')).toBeUndefined()
  })
})

describe('when answers are lost', () => {
  it('of argo-server, the workflow is found and not made twice', async () => {
    await begin()
    play.world.argo.faults.lostAnswers.push('create')
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await isDone()
    doneOnce()
  })

  it('of Slack, the card and the notices are found and not posted twice', async () => {
    await begin()
    play.world.slack.faults.api.push({ method: 'chat.postMessage', kind: 'lost', times: 2 })
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await isDone()
    doneOnce()
  })

  it('and Slack limits calls as it does, everything arrives in the end', async () => {
    await begin()
    play.world.slack.faults.isLimited = true
    play.world.slack.faults.api.push({ method: 'chat.update', kind: 'ratelimited', times: 2 })
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await isDone()
    doneOnce()
  })

  it('because a payload comes over both sockets, it is dealt with once', async () => {
    await begin()
    play.world.slack.socket.isDoubled = true
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await isDone()
    doneOnce()
  })
})

describe('what people are told', () => {
  it('a second, a late and an unknown click get the truth in private, and do nothing', async () => {
    await begin()
    await play.ask()
    const approve = await play.offered('Approve')
    const withdraw = await play.offered('Withdraw')
    const { people } = play.world.slack
    await play.click('U0BEN', 'Approve')
    await people.click('U0CLEO', approve)
    await play.told('U0CLEO', 'Nothing was done')
    await people.click('U0ADA', withdraw)
    await play.told('U0ADA', 'Nothing was done')
    await people.click('U0OTTO', { ...approve, value: '{"k":"../../x"}' })
    await play.told('U0OTTO', 'I do not know this button')
    await isDone()
    doneOnce()
  })

  it('people who left, guests and the requester cannot approve', async () => {
    await begin()
    await play.ask()
    const approve = await play.offered('Approve')
    for (const [user, words] of [
      ['U0GUY', 'guests may not'],
      ['U0DORA', 'deactivated'],
      ['U0ADA', 'You may not decide'],
    ] as const) {
      await play.world.slack.people.click(user, approve)
      await play.told(user, words)
    }
    expect(play.cardText()).toContain('Waiting for approval')
  })

  it('whoever was taken out of the group a moment ago cannot decide any more', async () => {
    await begin()
    await play.ask()
    const approve = await play.offered('Approve')
    await play.click('U0BEN', 'Reject')
    await play.until('the form opens', () => play.world.slack.people.view('U0BEN') !== undefined)
    play.world.slack.workspace.groups.get('S0PLATFORM')?.delete('U0BEN')
    await play.world.slack.people.click('U0BEN', approve)
    await play.told('U0BEN', 'You may not decide on this request')
    expect(play.cardText()).toContain('Waiting for approval')
  })

  it('while Slack does not say who is in the group, nobody of it decides, and is told why', async () => {
    await begin()
    await play.ask()
    const approve = await play.offered('Approve')
    play.world.slack.faults.api.push({ method: 'usergroups.users.list', kind: 'hang', times: 1 })
    await play.world.slack.people.click('U0BEN', approve)
    await play.told('U0BEN', 'Slack did not say in time whether you are among those who may')
    expect(play.cardText()).toContain('Waiting for approval')
    await play.click('U0BEN', 'Approve')
    await play.until('it is approved', () => play.cardText().includes('Approved by'))
  })

  it('a rejection says why, to everybody, as typed', async () => {
    await begin()
    await play.ask()
    await play.click('U0BEN', 'Reject')
    const { people } = play.world.slack
    await play.until('the form opens', () => people.view('U0BEN') !== undefined)
    await people.fill('U0BEN', 'reason', 'not *now*, <!channel> <http://x|y>')
    expect(await play.send('U0BEN')).toContain('The request is rejected')
    await play.until('the card says so', () => play.cardText().includes('Rejected'))
    expect(play.cardText()).toContain('not *now*, <!channel> <http://x|y>')
    expect(play.button('Ask again')).toBeDefined()
    const messages = JSON.stringify(play.world.slack.workspace.messages)
    expect(messages).not.toMatch(/"type":"mrkdwn","text":"[^"]*<!channel>/)
  })

  it.each([
    ['/onboard moon shop', 'There is no cluster'],
    ['/onboard prod-eu shop nope=1', 'There is no field'],
    ['/onboard prod-eu shop display-name="x', 'never closed'],
    ['/onboard a b c d', 'is too much'],
    ['/onboard prod-eu shop =x', 'has no name'],
    ['/onboard prod-eu shop a=1 a=2', 'given twice'],
    ['/onboard status prod-eu', 'The namespace is missing'],
    ['/onboard help', 'opens the form'],
    ['/onboard list', 'There is nothing'],
    ['/onboard who-can-approve', 'platform-approvers'],
    ['/onboard-cleanup prod-eu shop x=1', 'takes no values'],
    ['/onboard-cleanup', 'nothing here that you may clean up'],
  ])('%s is answered privately', async (line, words) => {
    await begin()
    await play.world.slack.people.command('U0ADA', line, 'C0RANDOM')
    await play.told('U0ADA', words)
    expect(play.cards()).toEqual([])
  })

  it('bad values are shown at their fields, and nothing that was typed is lost', async () => {
    await begin()
    await play.open('U0ADA', '/onboard prod-eu shop subdomain=x')
    const { people } = play.world.slack
    await people.fill('U0ADA', 'namespace', 'Shop!')
    await people.fill('U0ADA', 'p:display-name', '{{workflow.name}}')
    const said = await play.send('U0ADA')
    expect(said).toContain('namespace: ')
    expect(said).toContain('p:display-name: ')
    await people.fill('U0ADA', 'namespace', 'shop')
    await people.fill('U0ADA', 'p:display-name', '😀 *b* <@U0BEN> \u202e x')
    expect(await play.send('U0ADA')).toContain('is recorded')
    await play.offered('Approve')
    expect(play.cardText()).toContain('😀 *b* <@U0BEN> \\u202e x')
  })

  it('asking for what is in place with other values names the difference', async () => {
    await begin()
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await isDone()
    expect(await play.ask('shop', 'display-name=Shop subdomain=other')).toContain(
      '• subdomain: is shop-prod, you asked for other\n',
    )
    await play.world.slack.people.command('U0BEN', '/onboard-cleanup prod-eu shop', 'C0ONBOARD')
    await play.told('U0BEN', 'What you may clean up')
    await play.world.slack.people.command('U0OTTO', '/onboard-cleanup prod-eu shop', 'C0ONBOARD')
    await play.told('U0OTTO', 'You may not')
  })
})

describe('when something fails', () => {
  it('the clean-up starts by itself where the configuration says so', async () => {
    await begin({ onFailure: 'clean-up' })
    play.world.setHelmFault('not-ready')
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await play.until('it is cleaned up', () => play.threadText().includes('nothing is left'))
    await settled()
    expect(play.threadText()).toContain('The clean-up begins by itself')
    expect(play.threadText()).toContain('The bot started the clean-up')
    expect(play.world.inventory()).toMatchObject({
      subaccounts: [],
      platforms: [],
      releases: [],
      runSecrets: [],
    })
  })

  it('a clean-up that fails in the middle says what is left, and can be pressed again', async () => {
    await begin()
    play.world.setHelmFault('not-ready')
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await play.offered('Clean up')
    const { accounts, instances } = play.world.btp
    const orders = instances.add(accounts.all()[0]?.guid ?? '', 'orders-db')
    await play.click('U0ADA', 'Clean up')
    await play.until('it stops', () => play.cardText().includes('Clean-up failed'))
    expect(play.threadText()).toContain('orders-db')
    expect(play.world.inventory().subaccounts).toEqual(['shop-prod'])
    instances.remove(orders.id)
    await play.click('U0ADA', 'Clean up')
    await play.until('it is done', () => play.threadText().includes('nothing is left'))
    expect(play.world.inventory().subaccounts).toEqual([])
  })

  it('no secret is anywhere but in its Secret', async () => {
    await begin()
    play.world.setHelmFault('not-ready')
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await play.until('it fails', () => play.threadText().includes('The last lines of its log'))
    const platformSecret =
      play.world.kubernetes.secret('sap-btp-operator', 'shop-sap-btp-service-operator') ?? {}
    const secrets = [
      'a$b+c=/sandbox-secret',
      'shared-meta-sandbox-token',
      'xoxb-sandbox-bot',
      'xapp-sandbox-app',
      ...Object.entries(platformSecret)
        .filter(([name]) => name === 'clientid' || name === 'clientsecret')
        .map(([, value]) => value),
    ]
    expect(secrets.length).toBeGreaterThan(5)
    const { workspace } = play.world.slack
    const data = join(play.world.folder, 'data', 'active')
    const places = {
      slack: JSON.stringify([workspace.messages, workspace.ephemerals]),
      store: readdirSync(data)
        .map((name) => readFileSync(join(data, name), 'utf8'))
        .join(''),
      log: readFileSync(play.bot.logFile, 'utf8'),
      workflows: JSON.stringify(play.world.argo.workflows.list()),
    }
    const found = Object.entries(places).flatMap(([place, text]) =>
      secrets.filter((secret) => text.includes(secret)).map(() => place),
    )
    expect(found).toEqual([])
  })
})

describe('at the start', () => {
  const started = (environment: Record<string, string>): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, ['src/main.ts'], {
      cwd: repositoryRoot,
      env: { ...process.env, ...play.world.environment, ...environment },
      encoding: 'utf8',
      timeout: 20_000,
    })

  it('every mistake of the configuration is named at once, with its cure', async () => {
    await begin()
    const file = join(play.world.folder, 'wrong.yml')
    writeFileSync(file, 'installation: Sandbox\nclusters:\n  prod:\n    chanel: ops\n')
    const { status, stderr } = started({ ONBOARD_CONFIG: file, SLACK_BOT_TOKEN: 'nope', LOG_LEVEL: 'loud' })
    expect(status).toBe(1)
    for (const words of [
      'SLACK_BOT_TOKEN',
      'LOG_LEVEL',
      'wrong.yml:1: installation',
      'did you mean "channel"?',
    ]) {
      expect(stderr).toContain(words)
    }
  })

  it('a request whose template has changed meanwhile says so, and runs as it was sealed', async () => {
    await begin()
    const templates = join(play.world.folder, 'templates')
    cpSync(join(repositoryRoot, 'templates'), templates, { recursive: true })
    const environment = { TEMPLATES_DIR: templates }
    await play.bot.end('SIGTERM')
    await play.bot.start(environment)
    await play.ask('shop')
    await play.offered('Approve')
    await play.bot.end('SIGTERM')
    const file = join(templates, 'sap-btp', 'onboard.yaml')
    const sealed = readFileSync(file, 'utf8')
    writeFileSync(file, sealed.replace(/^ {2}activeDeadlineSeconds: \d+$/m, '  activeDeadlineSeconds: 1234'))
    expect(readFileSync(file, 'utf8')).not.toBe(sealed)
    await play.bot.start(environment)
    const says = 'The file of the template has changed since this was asked'
    await play.until('the card says so', () => play.cardText().includes(says))
    await play.click('U0BEN', 'Approve')
    await play.until('it runs', () => play.cardText().includes('Running'))
    expect(play.cardText()).not.toContain(says)
    const [workflow] = play.world.argo.workflows.list()
    expect(sealed).toContain(`activeDeadlineSeconds: ${workflow?.spec.activeDeadlineSeconds ?? 0}\n`)
  })

  it('a template that must not run is named with file and line', async () => {
    await begin()
    const templates = join(play.world.folder, 'templates')
    mkdirSync(join(templates, 'bad'), { recursive: true })
    const workflow = (source: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { generateName: x- }
spec:
  entrypoint: main
  arguments: { parameters: [{ name: admin-password }] }
  templates:
    - name: main
      script: { image: busybox, command: [sh], source: ${source} }
`
    writeFileSync(
      join(templates, 'bad', 'onboard.yaml'),
      workflow("'echo {{workflow.parameters.namespace}}'"),
    )
    const { status, stderr } = started({ TEMPLATES_DIR: templates })
    expect(status).toBe(1)
    for (const words of [
      'onboard.yaml:3: metadata.generateName: generateName is not taken',
      'named like a secret',
      'onboard.yaml:9: spec.templates[0].script.source: a parameter stands inside a script',
      'cleanup.yaml: the file is missing',
    ]) {
      expect(stderr).toContain(words)
    }
  })

  it('a second process on the same data refuses', async () => {
    await begin()
    const { status, stderr } = started({})
    expect(status).toBe(1)
    expect(stderr).toContain('another process uses the data folder')
  })
})
