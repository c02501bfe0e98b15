// Loaded into the bot's process before the bot (node --import): a disk whose syncs take as long, or fail, as the file
// that FAULTY_DISK names says at that moment.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

import { z } from 'zod'

const faultSchema = z.object({ ms: z.number().default(0), error: z.string().optional() })

const { fsync, readFileSync } = fs

const slowFsync: (file: number, done: fs.NoParamCallback) => void = (file, done) => {
  const { ms, error } = faultSchema.parse(JSON.parse(readFileSync(process.env['FAULTY_DISK'] ?? '', 'utf8')))
  setTimeout(() => {
    if (error === undefined) fsync(file, done)
    else done(Object.assign(new Error(`${error}: the disk takes nothing`), { code: error }))
  }, ms)
}

Object.assign(fs, { fsync: slowFsync })
syncBuiltinESMExports()
