import { createLog } from '../../src/log.ts'
import { openStore } from '../../src/store/open-store.ts'
import { key, phases } from '../onboarding/builders.ts'

// Saves one revision after the other, and prints each once it is answered for.
const store = openStore({ directory: process.argv[2] ?? '', log: createLog('silent') })
const known = await store.find(key)
let onboarding = known ?? phases().requested
if (known === undefined) await store.save(onboarding, { settled: false })
for (;;) {
  onboarding = { ...onboarding, revision: onboarding.revision + 1 }
  await store.save(onboarding, { settled: false })
  process.stdout.write(`${onboarding.revision}\n`)
}
