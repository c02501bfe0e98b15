import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createLog } from '../../src/log.ts'
import type { Onboarding } from '../../src/onboarding/onboarding.ts'
import { type Disk, systemDisk } from '../../src/store/disk.ts'
import { type OpenStore, openStore } from '../../src/store/open-store.ts'
import { key } from '../onboarding/builders.ts'
import { firstOf, nextOf } from './fixtures.ts'

const log = createLog('silent')
const first = firstOf()

interface Fault {
  /** Counts the calls from here. */
  calls: string[]
  /** The call that fails, counted from 0; none when absent. */
  at?: number | undefined
  code: string
}

/** The system's disk, one call of which fails. */
const faultyDisk = (fault: Fault): Disk => {
  const isShortWrite = fault.code === 'short write'
  const failing =
    <Args extends unknown[], Result>(name: keyof Disk, call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      const isFaulty = fault.calls.push(name) - 1 === fault.at
      if (!isFaulty || isShortWrite) return call(...args)
      // A close that fails has closed the file nevertheless (close(2)).
      if (name === 'close') call(...args)
      throw Object.assign(new Error(`${fault.code}: ${name}`), { code: fault.code })
    }
  const sync = failing('sync', systemDisk.sync)
  return {
    open: failing('open', systemDisk.open),
    write: failing('write', (...[file, bytes, offset]: Parameters<Disk['write']>) => {
      const isShort = isShortWrite && fault.calls.length - 1 === fault.at
      return systemDisk.write(file, isShort ? bytes.subarray(0, offset + 7) : bytes, offset)
    }),
    sync: async (file) => sync(file),
    syncAtOnce: failing('syncAtOnce', systemDisk.syncAtOnce),
    close: failing('close', systemDisk.close),
    rename: failing('rename', systemDisk.rename),
    link: failing('link', systemDisk.link),
    unlink: failing('unlink', systemDisk.unlink),
    exists: failing('exists', systemDisk.exists),
    read: failing('read', systemDisk.read),
    list: failing('list', systemDisk.list),
    makeFolder: failing('makeFolder', systemDisk.makeFolder),
  }
}

interface Case {
  readonly name: string
  readonly before: readonly (readonly [Onboarding, boolean])[]
  readonly next: Onboarding
  readonly settled: boolean
}

const second = nextOf(first, { phase: 'failed' })
const cases: readonly Case[] = [
  { name: 'the first save', before: [], next: first, settled: false },
  { name: 'a first save that is settled', before: [], next: first, settled: true },
  { name: 'an update', before: [[first, false]], next: second, settled: false },
  { name: 'settling', before: [[first, false]], next: second, settled: true },
  { name: 'an update of a settled one', before: [[first, true]], next: second, settled: true },
  { name: 'going on', before: [[first, true]], next: second, settled: false },
  {
    name: 'a new generation',
    before: [[first, true]],
    next: nextOf(first, { isNewGeneration: true }),
    settled: false,
  },
]
const codes = ['ENOSPC', 'EIO', 'EACCES', 'short write']

describe('a disk that fails at any one call', () => {
  let directory: string
  let store: OpenStore | undefined
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'store-'))
  })
  afterEach(async () => {
    await store?.close()
    rmSync(directory, { recursive: true })
  })

  const prepare = async ({ before }: Case, fault: Fault): Promise<OpenStore> => {
    await store?.close()
    rmSync(directory, { recursive: true })
    store = openStore({ directory, log, disk: faultyDisk(fault) })
    for (const [onboarding, settled] of before) await store.save(onboarding, { settled })
    // The list of what was settled is written beside the saves: it is done before calls are counted.
    await store.close()
    store = openStore({ directory, log, disk: faultyDisk(fault) })
    fault.calls.length = 0
    return store
  }
  const save = async ({ next, settled }: Case): Promise<string> =>
    (store?.save(next, { settled }) ?? Promise.reject(new Error('no store'))).then(
      () => 'saved',
      (error: unknown) => (error as { code: string }).code,
    )
  const countCalls = async (one: Case): Promise<number> => {
    const fault: Fault = { calls: [], code: '' }
    await prepare(one, fault)
    await save(one)
    return fault.calls.length
  }
  const reopened = async (): Promise<OpenStore> => {
    await store?.close()
    store = openStore({ directory, log })
    return store
  }

  it.each(cases)(
    '$name: the old document or the new one, and whoever saves is told',
    async (one) => {
      const count = await countCalls(one)
      const old = one.before.at(-1)?.[0]
      expect(count).toBeGreaterThan(8)
      for (const code of codes) {
        for (let at = 0; at < count; at += 1) {
          const fault: Fault = { calls: [], code }
          const where = `${code} at call ${at} of ${count}`
          const faulty = await prepare(one, fault)
          fault.at = at
          const told = await save(one)
          fault.at = undefined
          const before = await faulty.find(key)
          const after = await (await reopened()).find(key)
          const allowed = told === 'saved' ? [one.next] : [old, one.next]
          expect({
            where,
            isTold: told === 'saved' || told === 'disk',
            inMemory: before,
            onDisk: allowed.find((document) => isDeepStrictEqual(document, after)),
            quarantined: store?.quarantined,
            litter: readdirSync(join(directory, 'tmp')),
          }).toEqual({
            where,
            isTold: true,
            inMemory: told === 'saved' ? one.next : old,
            onDisk: after,
            quarantined: [],
            litter: [],
          })
        }
      }
    },
    60_000,
  )

  it.each(cases)(
    '$name: the same save is taken once the disk is well again',
    async (one) => {
      const count = await countCalls(one)
      for (let at = 0; at < count; at += 1) {
        const fault: Fault = { calls: [], code: 'EIO' }
        const faulty = await prepare(one, fault)
        fault.at = at
        const told = await save(one)
        fault.at = undefined
        if (told !== 'saved') expect([at, await save(one)]).toEqual([at, 'saved'])
        expect(await faulty.find(key)).toEqual(one.next)
        expect(await (await reopened()).find(key)).toEqual(one.next)
        if (one.next.generation > 1)
          expect(readdirSync(join(directory, 'done', key.cluster))).toEqual(['prod.shop.sap-btp.g1.json'])
      }
    },
    60_000,
  )

  it('a first failure leaves memory as it was; a second in a row makes the store read-only, and says why', async () => {
    const fault: Fault = { calls: [], code: 'EIO' }
    const faulty = await prepare({ name: '', before: [[first, false]], next: second, settled: false }, fault)
    const failNextSync = (): void => {
      fault.calls.length = 0
      // find, then open, write, sync
      fault.at = 3
    }
    const fails = async (): Promise<void> => {
      failNextSync()
      await expect(faulty.save(second, { settled: false })).rejects.toMatchObject({ code: 'disk' })
      expect(faulty.active()).toEqual([first])
    }
    await fails()
    expect(faulty.readOnly()).toBeUndefined()
    fault.at = undefined
    await faulty.save(second, { settled: false })
    const third = nextOf(second)
    for (const _ of [1, 2]) {
      fault.calls.length = 0
      fault.at = 1
      await expect(faulty.save(third, { settled: false })).rejects.toMatchObject({ code: 'disk' })
    }
    fault.at = undefined
    expect(faulty.readOnly()).toContain('failed twice (EIO')
    await expect(faulty.save(third, { settled: false })).rejects.toMatchObject({ code: 'read-only' })
    await expect(faulty.keepFile({ digest: 'abc', text: 'abc' })).rejects.toMatchObject({ code: 'read-only' })
    expect(await faulty.find(key)).toEqual(second)
  })
})
