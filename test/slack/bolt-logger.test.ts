import { expect, it } from 'vitest'

import { createManualClock } from '../../sandbox/manual-clock.ts'
import { createLog } from '../../src/log.ts'
import { createBoltLogger } from '../../src/slack/bolt-logger.ts'

const apiUrl = 'https://slack.example.com/api/'
const outage = `Slack cannot be reached at ${apiUrl} (fetch failed); check SLACK_API_URL, the network and the proxy`

const listen = (): {
  clock: ReturnType<typeof createManualClock>
  log: ReturnType<typeof createLog>
  said: string[]
} => {
  const said: string[] = []
  const write = (line: string): void => void said.push((JSON.parse(line) as { msg: string }).msg)
  return { clock: createManualClock(), log: createLog('info', { write }), said }
}

it('what several connections say of an outage is logged once, and again after a minute', () => {
  const { clock, log, said } = listen()
  const logger = createBoltLogger({ log, apiUrl, clock })
  for (let count = 0; count < 5; count += 1) logger.warn('http request failed', new Error('fetch failed'))
  logger.warn('another')
  clock.advance(59_000)
  logger.warn('http request failed', new Error('fetch failed'))
  expect(said).toEqual([outage, 'another'])
  clock.advance(1_000)
  logger.warn('http request failed', new Error('fetch failed'))
  expect(said).toEqual([outage, 'another', outage])
})

it('what was said while nothing was to be logged is said again at once', () => {
  const { clock, log, said } = listen()
  const quiet = log.child({}, { level: 'silent' })
  const logger = createBoltLogger({ log: quiet, apiUrl, clock })
  logger.error('lost')
  quiet.level = 'info'
  logger.error('lost')
  expect(said).toEqual(['lost'])
})
