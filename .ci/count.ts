// Adds up what the test runs of this build wrote, and prints it as the last line.
import { readdirSync, readFileSync } from 'node:fs'

const folder = 'coverage'
const results = readdirSync(folder).filter((name) => name.startsWith('results-'))
const counts = results.map((name): Record<string, number> =>
  JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')),
)
const sum = (field: string): number => counts.reduce((total, count) => total + (count[field] ?? 0), 0)

process.stdout.write(
  `${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed, ${sum('numPendingTests') + sum('numTodoTests')} skipped\n`,
)
