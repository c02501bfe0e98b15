import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { afterEach, describe, expect, it, vi } from 'vitest'

import { BotProcess } from '../../sandbox/bot-process.ts'
import { renderMessage, renderThread } from '../../sandbox/slack/render.ts'
import { isAtRest } from './at-rest.ts'
import { Play } from './play.ts'

vi.setConfig({ testTimeout: 180_000 })

let play: Play

afterEach(async () => {
  await play.end()
})

const begin = async (): Promise<Play> => {
  play = await Play.begin()
  return play
}

const name = 'prod-eu.shop.sap-btp.json'
const data = (...parts: string[]): string => join(play.world.folder, 'data', ...parts)
const active = (): string => data('active', name)
const done = (): string => data('done', 'prod-eu', name)

const says = (text: string): Promise<void> =>
  play.until(`the card says "${text}"`, () => play.cardText().includes(text))

/** What a person reads in the direct messages of the bot. */
const direct = (user: string): string => {
  const { workspace } = play.world.slack
  const channel = workspace.direct(user).id
  return workspace.messages
    .filter((message) => message.channel === channel)
    .map((message) => renderMessage(message, workspace))
    .join('\n')
}

const times = (text: string, words: string): number => text.split(words).length - 1

/** Nothing tells when a file has moved or a direct message was posted. */
const eventually = async (condition: () => boolean): Promise<void> => {
  for (let waited = 0; !condition() && waited < 60_000; waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(condition()).toBe(true)
}
const isSettled = (): Promise<void> => eventually(() => isAtRest(done(), play.bot.logFile))
const isTold = (user: string, words: string): Promise<void> => eventually(() => direct(user).includes(words))

const run = async (): Promise<void> => {
  await play.ask()
  await play.click('U0BEN', 'Approve')
}

/** Ends the bot, lets somebody damage its data, and starts it again. */
const meanwhile = async (harm: () => void): Promise<void> => {
  await play.bot.end('SIGKILL')
  harm()
  await play.bot.start()
}

const flipped = (file: string): void => {
  writeFileSync(file, readFileSync(file, 'utf8').replace('"generation":1', '"generation":7'))
}

const harms: readonly (readonly [string, (file: string) => void])[] = [
  ['damaged', flipped],
  ['cut off', (file) => truncateSync(file, Math.floor(statSync(file).size * 0.9))],
  ['of zeros', (file) => writeFileSync(file, Buffer.alloc(4_096))],
  ['gone', (file) => rmSync(file)],
]

const those = (...whats: string[]): typeof harms => harms.filter(([what]) => whats.includes(what))

const isDoneOnce = async (): Promise<void> => {
  await play.until('everything is done', () => play.threadText().includes('Everything is done'))
  await says('Done')
  expect([...play.world.argo.creates.values()]).toEqual([1])
  expect(play.world.inventory().subaccounts).toEqual(['shop-prod'])
  expect(play.cards()).toHaveLength(1)
  const thread = play.threadText()
  for (const step of ['Create the subaccount', 'Register with Service Manager', 'Connect the namespace']) {
    expect(times(thread, `"${step}" is done`)).toBe(1)
  }
  expect(times(thread, 'Everything is done')).toBe(1)
  expect(times(direct('U0INES'), 'The record was lost')).toBe(1)
  expect(play.world.slack.problems).toEqual([])
}

it('a second bot on the same installation, which has no documents, is told to the admins once', async () => {
  await begin()
  for (const namespace of ['shop', 'billing']) {
    await play.ask(namespace, `display-name=${namespace} subdomain=${namespace}-prod`)
    await play.click('U0BEN', 'Approve')
    await play.until('it is submitted', () => play.threadText().includes('was submitted'))
  }
  const { world } = play
  for (const name of ['second', 'third']) {
    const other = new BotProcess(world, join(world.folder, `${name}.log`))
    await other.start({ DATA_DIR: join(world.folder, name) })
    for (const namespace of ['shop', 'billing']) {
      const settled = join(world.folder, name, 'done', 'prod-eu', `prod-eu.${namespace}.sap-btp.json`)
      await eventually(() => isAtRest(settled, other.logFile))
    }
    await isTold('U0INES', 'With it 1 more are rebuilt; /onboard list names them.')
    await other.end('SIGKILL')
  }
  const said = direct('U0INES')
  expect(said).toContain('If another bot runs with the same installation, stop one of the two')
  expect(times(said, 'The record was lost')).toBe(1)
})

describe('the workflow', () => {
  it('carries who asked, who decided and when, the seal and the thread, as labels only what a label can hold', async () => {
    await begin()
    await run()
    await play.until('it is submitted', () => play.world.argo.workflows.list().length === 1)
    const [workflow] = play.world.argo.workflows.list()
    const { labels = {}, annotations = {} } = workflow?.metadata ?? {}
    expect(labels).toMatchObject({
      'onboard-bot.dev/installation': 'sandbox',
      'onboard-bot.dev/cluster': 'prod-eu',
      'onboard-bot.dev/namespace': 'shop',
      'onboard-bot.dev/template': 'sap-btp',
      'onboard-bot.dev/kind': 'onboard',
    })
    expect(Object.values(labels).filter((value) => /U0|C0|https?:/.test(value))).toEqual([])
    expect(annotations).toMatchObject({
      'onboard-bot.dev/key': 'prod-eu/shop/sap-btp',
      'onboard-bot.dev/requester': 'U0ADA',
      'onboard-bot.dev/approvers': 'U0BEN',
      'onboard-bot.dev/decided-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      'onboard-bot.dev/seal': expect.stringMatching(/^[\da-f]{64}$/),
      'onboard-bot.dev/thread': expect.stringContaining(
        `/archives/C0ONBOARD/p${play.card()?.ts.replace('.', '')}`,
      ),
    })
  })
})

describe('a record that is lost while its workflow runs', () => {
  it.each(those('damaged', 'gone'))(
    '%s: is rebuilt from the cluster, on the same card, and followed to its end',
    async (_what, harm) => {
      await begin()
      await run()
      await play.until('a step is done', () => play.threadText().includes('is done'))
      await meanwhile(() => harm(active()))
      expect(await play.ask()).toMatch(/is there already|There is one already|record of this is damaged/)
      await isDoneOnce()
      await isSettled()
      expect(await play.ask()).toContain('There is one already')
    },
  )

  it('is rebuilt while a clean-up runs, which then knows what to remove', async () => {
    await begin()
    play.world.setHelmFault('not-ready')
    await run()
    await play.click('U0ADA', 'Clean up')
    await play.until('the clean-up is submitted', () => play.world.argo.workflows.list().length === 2)
    await meanwhile(() => flipped(active()))
    await says('nothing is left')
    expect(play.world.inventory()).toMatchObject({ subaccounts: [], platforms: [], releases: [] })
    expect([...play.world.argo.creates.values()]).toEqual([1, 1])
    expect(play.cards()).toHaveLength(1)
    await isSettled()
    expect(play.world.inventory().runSecrets).toEqual([])
  })

  it('is rebuilt once the cluster can be asked, and until then its key is not free', async () => {
    await begin()
    await run()
    await play.until('a step is done', () => play.threadText().includes('is done'))
    await meanwhile(() => {
      flipped(active())
      play.world.argo.faults.isRefusing = true
    })
    expect(await play.ask()).toContain('The record of this is damaged')
    await play.world.slack.people.command('U0ADA', '/onboard status prod-eu shop', 'C0ONBOARD')
    await play.told('U0ADA', 'The record of this is damaged')
    play.world.argo.faults.isRefusing = false
    await isDoneOnce()
  })
})

describe('a record that is lost after its end', () => {
  it.each(those('of zeros', 'gone'))('%s: does not look free, and is rebuilt', async (_what, harm) => {
    await begin()
    await run()
    await says('Done')
    await isSettled()
    await meanwhile(() => harm(done()))
    await isTold('U0INES', 'The record was lost')
    expect(await play.ask()).toContain('There is one already')
    await isDoneOnce()
  })

  it('damaged under the running bot: whoever asks learns it, and it is rebuilt', async () => {
    await begin()
    await run()
    await says('Done')
    await isSettled()
    flipped(done())
    expect(await play.ask()).toContain('The record of this is damaged')
    await isTold('U0INES', 'The record was lost')
    expect(await play.ask()).toContain('There is one already')
    await isDoneOnce()
  })

  it('damaged, with its workflow gone from the cluster: the key stays taken until people decide', async () => {
    await begin()
    await run()
    await says('Done')
    await isSettled()
    await meanwhile(() => {
      flipped(done())
      play.world.argo.faults.planned.push({
        matches: (method, path) => method === 'GET' && path.includes('listOptions'),
        status: 200,
        body: '{"items":null}',
        headers: { 'Content-Type': 'application/json' },
        times: 20,
      })
    })
    expect(await play.ask()).toContain('The record of this is damaged')
    expect(readdirSync(data('quarantine'))).toEqual([`${name}.done.1`])
  })
})

it('a record from an older backup is brought up to what its workflow carries', async () => {
  await begin()
  await play.ask()
  await says('argo-server would take')
  const backup = data('backup.json')
  copyFileSync(active(), backup)
  await play.click('U0BEN', 'Approve')
  await says('Done')
  await isSettled()
  await meanwhile(() => {
    rmSync(done())
    copyFileSync(backup, active())
  })
  await isTold('U0INES', 'The record was lost')
  expect(direct('U0INES')).toContain('older than its workflow')
  await isSettled()
  expect(await play.ask()).toContain('There is one already')
  await isDoneOnce()
})

describe('a request that nobody has decided and whose record is damaged', () => {
  it.each(those('cut off', 'of zeros'))(
    '%s: its card says so, and it can be asked again',
    async (what, harm) => {
      await begin()
      await play.ask()
      await says('argo-server would take')
      const approve = await play.offered('Approve')
      const other = await play.ask('billing', 'display-name=Billing subdomain=billing-prod')
      expect(other).toContain('is recorded')
      await play.until('both are there', () => play.cards().length === 2)
      await meanwhile(() => harm(active()))
      const [first] = play.cards()
      const { workspace, people } = play.world.slack
      const text = (): string => (first === undefined ? '' : renderMessage(first, workspace))
      await play.until('the card says so', () => text().includes('Record damaged, ask again'))
      const thread = (): string => renderThread('C0ONBOARD', first?.ts ?? '', workspace)
      await play.until('the thread says so', () => thread().includes('The record of this is damaged'))
      await isTold('U0INES', 'is damaged')
      if (what !== 'of zeros') expect(direct('U0ADA')).toContain('is damaged')
      await people.click('U0BEN', approve)
      await play.told('U0BEN', 'nothing was done')
      // The rest goes on.
      await play.click('U0BEN', 'Approve')
      await play.until('the other is done', () => play.threadText().includes('Everything is done'))
      expect(await play.ask()).toContain('is recorded')
      await play.until('there is a new card', () => play.cards().length === 3)
      expect(times(direct('U0INES'), 'is damaged')).toBe(1)
      expect(readdirSync(data('quarantine'))).toEqual([`${name}.1`])
    },
  )

  it('tells the admins once, also when the bot is killed again and again', async () => {
    await begin()
    await play.ask()
    await says('argo-server would take')
    await meanwhile(() => flipped(active()))
    await says('Record damaged')
    await meanwhile(() => undefined)
    await isSettled()
    await meanwhile(() => mkdirSync(data('quarantine', 'a-folder')))
    expect(await play.ask()).toContain('is recorded')
    await play.until('there is a new card', () => play.cards().length === 2)
    expect(times(direct('U0INES'), 'is damaged')).toBe(1)
    expect(direct('U0INES')).toContain(`quarantine/${name}.1`)
  })
})
