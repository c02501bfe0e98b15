import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createLog } from '../../src/log.ts'
import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import { type Disk, systemDisk } from '../../src/store/disk.ts'
import { sha256 } from '../../src/store/durable-document.ts'
import { LockedError } from '../../src/store/lock.ts'
import { type OpenStore, openStore } from '../../src/store/open-store.ts'
import { UnusableFolder } from '../../src/store/unusable-folder.ts'
import { approved, key, on, phases, requested, settled } from '../onboarding/builders.ts'
import { firstOf } from './fixtures.ts'

const log = createLog('silent')
const request = (): Onboarding => phases().requested
const next = (onboarding: Onboarding, changes: Partial<Onboarding> = {}): Onboarding => ({
  ...onboarding,
  ...changes,
  revision: onboarding.revision + 1,
})

describe('the store', () => {
  let directory: string
  let store: OpenStore | undefined

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'store-'))
  })
  afterEach(async () => {
    await store?.close()
    store = undefined
    chmodSync(directory, 0o700)
    rmSync(directory, { recursive: true, force: true })
  })
  const open = (disk?: Disk): OpenStore => {
    store = openStore({ directory, log, ...(disk !== undefined && { disk }) })
    return store
  }
  const reopen = async (disk?: Disk): Promise<OpenStore> => {
    await store?.close()
    return open(disk)
  }
  const litter = (): readonly string[] =>
    ['active', 'templates', 'done']
      .flatMap((folder) => readdirSync(join(directory, folder)))
      .filter((name) => name.endsWith('.tmp'))

  it('gives back what was saved, after opening it again', async () => {
    const saved = request()
    await open().save(saved, { settled: false })
    expect(await (await reopen()).find(key)).toEqual(saved)
    expect(store?.active()).toEqual([saved])
  })

  it('keeps a template once, however many records are of it', async () => {
    const [first, second] = [firstOf(), firstOf({ namespace: 'other' })]
    await open().save(first, { settled: false })
    await store?.save(second, { settled: false })
    const [one, other] = (await reopen()).active()
    expect(one?.template).toEqual(first.template)
    expect(other?.template).toBe(one?.template)
  })

  it('writes files that nobody else may read', async () => {
    await open().save(request(), { settled: false })
    const file = join(directory, 'active', 'prod.shop.sap-btp.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('keeps parameter names that every object has', async () => {
    const odd = {
      ...request(),
      parameters: [
        { name: '__proto__', value: 'x' },
        { name: 'constructor', value: 'y' },
      ],
    }
    await open().save(odd, { settled: false })
    expect((await (await reopen()).find(key))?.parameters).toEqual(odd.parameters)
  })

  it('refuses a revision that does not follow', async () => {
    const first = request()
    await open().save(first, { settled: false })
    await expect(store?.save(first, { settled: false })).rejects.toMatchObject({ code: 'conflict' })
    await expect(store?.save({ ...first, revision: 5 }, { settled: false })).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('moves what is settled out of what is loaded, and lists it', async () => {
    const done = settled(phases().rejected)
    const first = { ...done, revision: 1 }
    await open().save(first, { settled: true })
    expect((await reopen()).active()).toEqual([])
    expect(await store?.find(key)).toEqual(first)
    expect(store?.settled()).toMatchObject([{ key, phase: 'rejected', generation: 1 }])
  })

  it('brings a settled one back when it goes on', async () => {
    const failed = { ...settled(phases().failed), revision: 1 }
    await open().save(failed, { settled: true })
    const again = next(failed, { phase: 'running' })
    await store?.save(again, { settled: false })
    expect((await reopen()).active()).toEqual([again])
  })

  it('keeps an older generation under its number', async () => {
    const rejected = { ...settled(phases().rejected), revision: 1 }
    await open().save(rejected, { settled: true })
    const second = on({ ...rejected }, requested())
    await store?.save(second, { settled: false })
    expect(existsSync(join(directory, 'done', 'prod', 'prod.shop.sap-btp.g1.json'))).toBe(true)
    expect(existsSync(join(directory, 'done', 'prod', 'prod.shop.sap-btp.json'))).toBe(false)
    expect((await (await reopen()).find(key))?.generation).toBe(2)
  })

  it('keeps workflow files under their digest, and gives none that was changed', async () => {
    const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    await open().keepFile({ digest, text: 'abc' })
    expect(await store?.readFile(digest)).toBe('abc')
    writeFileSync(join(directory, 'templates', digest), 'abd')
    expect(await store?.readFile(digest)).toBeUndefined()
  })

  it.each([
    ['empty', ''],
    ['cut off', 'aa'],
    ['of zeros', '\0\0\0\0'],
    ['null', 'null'],
    ['of another shape', '[1,2]\n'],
    ['no JSON under a right checksum', `${sha256('not json')}\nnot json\n`],
  ])('sets a document aside that is %s, and loads the rest', async (_what, content) => {
    await open().save(request(), { settled: false })
    await store?.close()
    store = undefined
    writeFileSync(join(directory, 'active', 'prod.other.sap-btp.json'), content)
    const again = open()
    expect(again.quarantined).toHaveLength(1)
    expect(again.active()).toHaveLength(1)
    expect(readdirSync(join(directory, 'quarantine'))).toHaveLength(1)
  })

  it('sets a folder aside that is named like a document, and keeps its key from looking free', async () => {
    mkdirSync(join(directory, 'active', 'prod.shop.sap-btp.json'), { recursive: true })
    for (const start of [open, reopen]) {
      const store = await start()
      expect(store.damaged()).toMatchObject([{ key, file: 'quarantine/prod.shop.sap-btp.json.1' }])
      await expect(store.find(key)).rejects.toMatchObject({ code: 'damaged' })
    }
    const cluster = join(directory, 'done', 'prod')
    mkdirSync(join(cluster, 'prod.other.sap-btp.json'), { recursive: true })
    await expect(store?.find({ ...key, namespace: 'other' })).rejects.toMatchObject({ code: 'damaged' })
    expect(readdirSync(cluster)).toEqual([])
  })

  it('sets a link to nothing aside, which would keep its key from being saved', async () => {
    mkdirSync(join(directory, 'active'))
    symlinkSync('/nowhere', join(directory, 'active', 'prod.shop.sap-btp.json'))
    expect(open().quarantined).toMatchObject([{ key, reason: 'it is a link to nothing' }])
    await store?.save(request(), { settled: false })
    expect((await reopen()).active()).toEqual([request()])
  })

  it('names the file that stands in the place of a folder', () => {
    writeFileSync(join(directory, 'active'), '')
    expect(() => open()).toThrow(
      /EEXIST.*'.*\/active'\): move what stands in the place of a folder out of it/,
    )
  })

  it('names the file that a newer release wrote, and leaves it alone', () => {
    const path = join(directory, 'active', 'prod.shop.sap-btp.json')
    const body = '{"version":99}'
    mkdirSync(join(directory, 'active'))
    writeFileSync(path, `${sha256(body)}\n${body}\n`)
    expect(() => open()).toThrow(
      new UnusableFolder(`${path}: it has version 99, which a newer release wrote: start that release`),
    )
    expect(existsSync(path)).toBe(true)
  })

  describe('a document that was set aside', () => {
    const file = (): string => join(directory, 'active', 'prod.shop.sap-btp.json')
    const damage = (path: string): void =>
      writeFileSync(path, readFileSync(path, 'utf8').replace('eu10', 'eu11'))
    const damaged = async ({ settled }: { settled: boolean }): Promise<OpenStore> => {
      await open().save(request(), { settled })
      await store?.close()
      damage(settled ? join(directory, 'done', 'prod', 'prod.shop.sap-btp.json') : file())
      return open()
    }

    it('keeps its key from looking free, also after another start', async () => {
      for (const start of [() => damaged({ settled: false }), reopen]) {
        const again = await start()
        await expect(again?.find(key)).rejects.toMatchObject({ code: 'damaged' })
        await expect(again?.save(request(), { settled: false })).rejects.toMatchObject({ code: 'damaged' })
        expect(again?.damaged()).toMatchObject([
          { key, file: 'quarantine/prod.shop.sap-btp.json.1', wasSettled: false, requester: 'U0ADA' },
        ])
      }
    })

    it('is one that only shows when it is read, where it was settled', async () => {
      await damaged({ settled: true })
      expect(store?.damaged()).toEqual([])
      await expect(store?.find(key)).rejects.toMatchObject({ code: 'damaged' })
      for (const start of [async () => store, reopen]) {
        const again = await start()
        expect(again?.damaged()).toMatchObject([
          { file: 'quarantine/prod.shop.sap-btp.json.done.1', wasSettled: true },
        ])
        await expect(again?.find(key)).rejects.toMatchObject({ code: 'damaged' })
      }
    })

    it('has a record put in its place, which is there from then on', async () => {
      await damaged({ settled: false })
      await store?.restore({ ...request(), runId: 'rebuilt' })
      for (const start of [async () => store, reopen]) {
        const again = await start()
        expect(again?.damaged()).toEqual([])
        expect(await again?.find(key)).toMatchObject({ runId: 'rebuilt' })
      }
      await store?.save(next(request()), { settled: true })
      expect((await (await reopen()).find(key))?.revision).toBe(2)
    })

    it('frees its key when people take the file away', async () => {
      await damaged({ settled: false })
      rmSync(join(directory, 'quarantine', 'prod.shop.sap-btp.json.1'))
      expect(await store?.find(key)).toBeUndefined()
      expect(store?.damaged()).toEqual([])
    })

    it('is never put in the place of one that has begun', async () => {
      await open().save({ ...phases().running, revision: 1 }, { settled: false })
      await expect(store?.restore(request())).rejects.toMatchObject({ code: 'conflict' })
    })

    it('goes on from the same request where that is what is there', async () => {
      await open().save(request(), { settled: true })
      await expect(store?.restore(request())).rejects.toMatchObject({ code: 'conflict' })
      await store?.restore({ ...phases().running, revision: 2 })
      expect((await reopen()).active()).toMatchObject([{ phase: 'running', revision: 2 }])
    })
  })

  it('notices a single changed character', async () => {
    await open().save(request(), { settled: false })
    await store?.close()
    const file = join(directory, 'active', 'prod.shop.sap-btp.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('eu10', 'eu11'))
    expect(open().quarantined[0]?.reason).toContain('checksum')
  })

  it('lets no second process in', () => {
    open()
    expect(() => openStore({ directory, log })).toThrow(LockedError)
  })

  it('is not opened on a folder of which a part takes no documents, and lets go of it', async () => {
    const rejected = { ...settled(phases().rejected), revision: 1 }
    await open().save(rejected, { settled: true })
    await store?.close()
    const folders = ['active', 'done', 'done/prod', 'templates', 'quarantine']
    for (const folder of folders.map((name) => join(directory, name))) {
      const refusing: Disk = {
        ...systemDisk,
        link: (from, to) => {
          if (dirname(to) === folder)
            throw Object.assign(new Error(`EROFS: read-only file system, link '${to}'`), { code: 'EROFS' })
          systemDisk.link(from, to)
        },
      }
      expect(() => open(refusing)).toThrow(
        new UnusableFolder(
          `the data folder ${directory} cannot be used (EROFS: read-only file system, link '${folder}/.start.tmp'): mount it so that it can be written to (of a volume, take readOnly out), or set DATA_DIR to another folder`,
        ),
      )
    }
    open()
    expect(litter()).toEqual([])
    expect(readdirSync(join(directory, 'tmp'))).toEqual([])
  })

  it('removes what a killed process left half written', async () => {
    mkdirSync(join(directory, 'tmp'), { recursive: true })
    writeFileSync(join(directory, 'tmp', '.prod.shop.sap-btp.json.x.tmp'), 'half')
    open()
    expect(litter()).toEqual([])
  })

  describe('when the disk fails', () => {
    const calls = ['open', 'write', 'sync', 'close', 'rename', 'link'] as const
    const failing = (call: (typeof calls)[number], from: { isOn: boolean }, code: string): Disk => ({
      ...systemDisk,
      [call]: (...args: never[]) => {
        if (from.isOn) throw Object.assign(new Error(`${code}: ${call}`), { code })
        const real = systemDisk[call] as (...all: never[]) => unknown
        return real(...args)
      },
    })

    for (const call of calls) {
      for (const code of ['ENOSPC', 'EIO', 'EACCES']) {
        it(`${code} at ${call}: the document is as it was or as it was to be, and whoever saves is told`, async () => {
          const fault = { isOn: false }
          const first = request()
          await open(failing(call, fault, code)).save(first, { settled: false })
          const second = next(first, { phase: 'withdrawn' })
          fault.isOn = true
          const told = await store?.save(second, { settled: false }).then(
            () => 'saved',
            (error: unknown) => (error as { code?: string }).code,
          )
          fault.isOn = false
          const found = await (await reopen()).find(key)
          expect([first, second]).toContainEqual(found)
          expect(told === 'saved' ? found : 'told').toEqual(told === 'saved' ? second : 'told')
          expect(['saved', 'disk']).toContain(told)
          expect(litter()).toEqual([])
        })
      }
    }

    it('writes all bytes even where each call writes only some', async () => {
      const slow: Disk = {
        ...systemDisk,
        write: (file, bytes, offset) => systemDisk.write(file, bytes.subarray(offset, offset + 100), 0),
      }
      await open(slow).save(request(), { settled: false })
      expect(await (await reopen()).find(key)).toEqual(request())
    })

    it('a failed save is logged with its key, and once that nothing more is taken', async () => {
      const lines: Record<string, unknown>[] = []
      const heard = createLog('info', {
        write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
      })
      const fault = { isOn: false }
      const first = request()
      store = openStore({ directory, log: heard, disk: failing('sync', fault, 'EIO') })
      await store.save(first, { settled: false })
      const file = { digest: 'abc', text: 'abc' }
      fault.isOn = true
      await expect(store.save(next(first), { settled: false })).rejects.toMatchObject({ code: 'disk' })
      await expect(store.keepFile(file)).rejects.toMatchObject({ code: 'disk' })
      await expect(store.save(next(first), { settled: false })).rejects.toMatchObject({ code: 'read-only' })
      expect(lines.map(({ level, msg, key, digest }) => ({ level, msg, key, digest }))).toEqual([
        { level: 50, msg: 'a save failed', key: 'prod/shop/sap-btp' },
        { level: 50, msg: 'a save failed', digest: 'abc' },
        { level: 50, msg: store.readOnly() },
      ])
      expect(store.readOnly()).toContain('nothing more is taken until the bot is restarted')
    })

    it('a failed save changes nothing in memory, and a second one makes the store read-only', async () => {
      const fault = { isOn: false }
      const first = request()
      await open(failing('sync', fault, 'EIO')).save(first, { settled: false })
      fault.isOn = true
      await expect(store?.save(next(first), { settled: false })).rejects.toMatchObject({ code: 'disk' })
      expect(store?.active()).toEqual([first])
      expect(store?.readOnly()).toBeUndefined()
      await expect(store?.save(next(first), { settled: false })).rejects.toMatchObject({ code: 'disk' })
      fault.isOn = false
      expect(store?.readOnly()).toContain('failed twice')
      await expect(store?.save(next(first), { settled: false })).rejects.toMatchObject({ code: 'read-only' })
    })
  })

  it('loses nothing that it answered for to kill -9', async () => {
    for (let round = 0; round < 25; round += 1) {
      const acked = await killedWriter(directory)
      const found = await open().find(key)
      expect(found?.revision ?? 0).toBeGreaterThanOrEqual(acked)
      expect(store?.quarantined).toEqual([])
      await store?.close()
      store = undefined
    }
  }, 180_000)

  it('saves a decision and its start as one', async () => {
    const first = request()
    await open().save(first, { settled: false })
    const second = on(first, approved())
    await store?.save(second, { settled: false })
    expect(await (await reopen()).find(key)).toMatchObject({ phase: 'approved', runs: [{ attempt: 1 }] })
  })
})

/** Starts a process that saves as fast as it can, kills it, and gives the last revision that it answered for. */
const killedWriter = async (directory: string): Promise<number> => {
  const child = spawn(process.execPath, ['test/store/writer.ts', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  const lines = 5 + Math.floor(Math.random() * 40)
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString()
      if (said.split('\n').length > lines) resolve()
    })
    child.on('exit', () => {
      resolve()
    })
  })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
  return Number(said.split('\n').slice(0, -1).at(-1) ?? 0)
}
