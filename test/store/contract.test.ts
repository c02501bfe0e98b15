import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createLog } from '../../src/log.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/open-store.ts'
import { describeStore } from './contract.ts'

describeStore('memory', () => ({ store: createMemoryStore(), end: async () => undefined }))

describeStore('the data folder', () => {
  const directory = mkdtempSync(join(tmpdir(), 'store-'))
  const store = openStore({ directory, log: createLog('silent') })
  return {
    store,
    end: async () => {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
})
