// `--json` prints one object per line; names run only the measures that they belong to.
import { answerNames, measureAnswers } from './answers.ts'
import { callNames, measureCalls } from './following-calls.ts'
import { delayNames, measureDelay } from './following-delay.ts'
import { loadNames, measureLoad } from './following-load.ts'
import type { Row } from './row.ts'
import { measureStart, startNames } from './start-with-kubeconfig.ts'

interface Measure {
  readonly names: readonly string[]
  readonly measure: () => Promise<readonly Row[]>
}

const measures: readonly Measure[] = [
  { names: answerNames, measure: measureAnswers },
  { names: startNames, measure: measureStart },
  { names: delayNames, measure: measureDelay },
  { names: loadNames, measure: measureLoad },
  { names: callNames, measure: measureCalls },
]

const print = (rows: readonly Row[], isJson: boolean): void => {
  if (isJson) for (const one of rows) console.log(JSON.stringify(one))
  else
    console.table(
      rows.map(({ name, value, unit, goal, met, peer }) => ({
        name,
        value: `${value} ${unit}`,
        goal: goal ?? '-',
        met,
        peer,
      })),
    )
}

const wanted = process.argv.slice(2).filter((word) => word !== '--json')
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name)
const known = measures.flatMap(({ names }) => names)
const unknown = wanted.filter((name) => !known.some((one) => one === name))
if (unknown.length > 0) {
  console.error(`There is no measure ${unknown.join(', ')}. There is: ${known.join(', ')}; and --json.`)
  process.exit(2)
}
const rows: Row[] = []
for (const { names, measure } of measures) {
  if (names.some(isWanted)) rows.push(...(await measure()).filter(({ name }) => isWanted(name)))
}
print(rows, process.argv.includes('--json'))
