import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { replaceFile } from '../../sandbox/replace-file.ts'
import { Play } from './play.ts'

let play: Play
let folder: string
const preload = pathToFileURL(join(import.meta.dirname, 'slow-disk.ts')).href

const environment = (): Record<string, string> => ({
  NODE_OPTIONS: `--import ${preload}`,
  FAULTY_DISK: join(folder, 'fault.json'),
})
const setDisk = (fault: { ms?: number; error?: string }): void => {
  replaceFile(join(folder, 'fault.json'), JSON.stringify(fault))
}
const isOnDisk = (namespace = 'shop'): boolean =>
  existsSync(join(play.world.folder, 'data', 'active', `prod-eu.${namespace}.sap-btp.json`))
/** Nobody waited longer than Slack does. */
const slowest = (): number => Math.max(...play.world.slack.socket.ackTimes)

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onboard-bot-disk-'))
  setDisk({})
  play = await Play.begin({}, environment())
})
afterEach(async () => {
  await play.end()
  rmSync(folder, { recursive: true })
})

const shownTo = (user: string): string => {
  const view = play.world.slack.people.view(user)?.view
  return JSON.stringify(view?.blocks ?? [])
}

const values = 'display-name=Shop subdomain=shop-prod'
const slow = 'Not recorded yet: the disk is slow. I will tell you here'

describe('while the disk is slow', () => {
  it('a form is answered by the truth in time, and by what became of it later', async () => {
    await play.open('U0ADA', `/onboard prod-eu shop ${values}`)
    setDisk({ ms: 4_000 })
    expect(await play.send('U0ADA')).toContain(slow)
    expect(slowest()).toBeLessThan(3_000)
    expect(isOnDisk()).toBe(false)
    expect(play.cards()).toEqual([])
    setDisk({})
    await play.until('the form says so', () => shownTo('U0ADA').includes('is recorded'))
    expect(isOnDisk()).toBe(true)
    await play.offered('Approve')
  })

  it('whoever closes the form meanwhile is told in a message of their own', async () => {
    await play.open('U0ADA', `/onboard prod-eu shop ${values}`)
    setDisk({ ms: 4_000 })
    expect(await play.send('U0ADA')).toContain(slow)
    play.world.slack.people.close('U0ADA')
    setDisk({})
    const { messages } = play.world.slack.workspace
    await play.until('a direct message says so', () =>
      messages.some(({ channel, text }) => channel.startsWith('D') && text.includes('Asked')),
    )
    expect(isOnDisk()).toBe(true)
  })

  it('a click is answered by the truth in time, and by what became of it later', async () => {
    await play.ask()
    const approve = await play.offered('Approve')
    setDisk({ ms: 4_000 })
    const { people } = play.world.slack
    await people.click('U0BEN', approve)
    await play.told('U0BEN', slow)
    expect(slowest()).toBeLessThan(3_000)
    expect(play.cardText()).toContain('Waiting for approval')
    expect([...play.world.argo.creates]).toEqual([])
    setDisk({})
    await play.told('U0BEN', 'It is recorded now.')
    await play.until('it goes on', () => play.threadText().includes('Everything is done'))
    expect([...play.world.argo.creates.values()]).toEqual([1])
  })

  it('a rejection is answered by the truth in time, and by what became of it later', async () => {
    await play.ask()
    await play.click('U0BEN', 'Reject')
    const { people } = play.world.slack
    await play.until('the form opens', () => people.view('U0BEN') !== undefined)
    await people.fill('U0BEN', 'reason', 'not now')
    setDisk({ ms: 4_000 })
    expect(await play.send('U0BEN')).toContain(slow)
    expect(slowest()).toBeLessThan(3_000)
    setDisk({})
    await play.until('the form says so', () => shownTo('U0BEN').includes('The request is rejected'))
    await play.until('the card says so', () => play.cardText().includes('not now'))
  })

  it('commands that save nothing are answered at once', async () => {
    await play.ask()
    await play.offered('Approve')
    setDisk({ ms: 60_000 })
    const before = play.world.slack.socket.ackTimes.length
    const { people } = play.world.slack
    for (const line of ['/onboard list', '/onboard status prod-eu shop', '/onboard-cleanup prod-eu shop']) {
      expect(await people.command('U0ADA', line, 'C0ONBOARD')).toMatchObject({ acked: true })
    }
    expect(Math.max(...play.world.slack.socket.ackTimes.slice(before))).toBeLessThan(1_000)
    expect(play.whispers('U0ADA')).toContain('waits for approval')
  })
})

describe('while the disk takes nothing', () => {
  const refused = 'It could not be recorded, so nothing was done'

  it('a form and a click are refused with the reason, and count once it takes them again', async () => {
    await play.ask()
    const approve = await play.offered('Approve')
    const { people } = play.world.slack
    setDisk({ error: 'EROFS' })
    expect(await play.ask('billing')).toContain('It could not be recorded, so nothing was asked')
    expect(isOnDisk('billing')).toBe(false)
    await people.click('U0BEN', approve)
    await play.told('U0BEN', refused)
    expect(play.cardText()).toContain('Waiting for approval')
    // It failed twice, so it is not trusted any more.
    setDisk({})
    await people.click('U0CLEO', approve)
    await play.told('U0CLEO', refused)
    expect([...play.world.argo.creates]).toEqual([])
    await play.bot.end('SIGTERM')
    await play.bot.start(environment())
    await people.click('U0CLEO', approve)
    await play.until('it goes on', () => play.threadText().includes('Everything is done'))
    expect([...play.world.argo.creates.values()]).toEqual([1])
  })
})
