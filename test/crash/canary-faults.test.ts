import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { dump, load } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { startCharts } from '../../sandbox/charts.ts'
import { startProxy } from '../../sandbox/proxy.ts'
import { repositoryRoot, startWorld, type World } from '../../sandbox/world.ts'
import { Play } from '../story/play.ts'
import { ProcessWatch, type Seen } from '../story/processes.ts'
import { foundIn, leaksOf, needsSecrets, placesOf, Secrets, stepsWithSecrets } from '../story/secrets.ts'

// Every step of every run is a process of its own.
vi.setConfig({ testTimeout: 300_000 })

let world: World
let play: Play
let secrets: Secrets
let watch: ProcessWatch
let templates: string

const begin = async (profile: string, more: readonly string[] = []): Promise<void> => {
  secrets = new Secrets(world, more)
  play = await Play.on(world)
  await play.ask('shop', `display-name=Shop subdomain=shop-prod profile=${profile}`)
  await play.click('U0BEN', 'Approve')
}

const says = (words: string, times = 1): Promise<void> =>
  play.until(`it says ${times} times: ${words}`, () => play.replies().join('\n').split(words).length > times)

const fails = async (step: string, why: string, times = 1): Promise<void> => {
  await says(`"${step}" failed:`, times)
  await says(why)
}

const isDone = (): Promise<void> => says('Everything is done')

const isCleanedUp = (): Promise<void> => says('nothing is left')

/** Slack does not tell of it: the release is there, and nothing moves. */
const helmWaits = async (): Promise<void> => {
  while (world.inventory().releases.length === 0) await sleep(50)
}

/** Nothing is written any more, and no secret stands anywhere that somebody else can read. */
const nothingIsFound = async (
  mayHave: (process: Seen, secret: string) => boolean = () => false,
): Promise<void> => {
  await play.until('the run Secrets are gone', () => world.inventory().runSecrets.length === 0)
  await play.bot.end('SIGTERM')
  watch.stop()
  expect(secrets.size).toBeGreaterThan(7)
  expect(foundIn(placesOf(play), secrets)).toEqual([])
  const needs = needsSecrets(stepsWithSecrets(join(templates, 'sap-btp')))
  const processes = [...watch.seen.values()]
  expect(processes.some(({ args }) => args.includes('sandbox/helm'))).toBe(true)
  expect(leaksOf(processes, secrets, (one, secret) => needs(one) || mayHave(one, secret))).toEqual([])
}

describe.skipIf(!existsSync('/proc/self/environ'))('no secret is anywhere (needs /proc)', () => {
  beforeEach(async () => {
    world = await startWorld()
    templates = join(repositoryRoot, 'templates')
    watch = new ProcessWatch()
  })
  afterEach(async () => {
    watch.stop()
    await play.end()
  })

  it('though credentials are refused, a subdomain is taken, calls are limited, a creation stays and an instance is in use', async () => {
    const { faults, accounts, instances } = world.btp
    faults.isUnauthorised = true
    await begin('sap-btp-operator')
    await fails('Create the subaccount', 'refuses the credentials')
    faults.isUnauthorised = false
    faults.takenSubdomains.add('shop-prod')
    await play.click('U0ADA', 'Retry')
    await fails('Create the subaccount', 'is taken in eu10 by another customer', 2)
    faults.takenSubdomains.clear()
    Object.assign(faults, { rateLimited: 2, stuckLooks: 3 })
    await play.click('U0ADA', 'Retry')
    await isDone()
    const orders = instances.add(accounts.all()[0]?.guid ?? '', 'orders-db')
    await play.click('U0BEN', 'Clean up')
    await says('1 service instance is still in use')
    instances.remove(orders.id)
    await play.click('U0BEN', 'Clean up')
    await isCleanedUp()
    await nothingIsFound()
  })

  it('though a password is lost, a release stays pending and the clean-up of a chart fails', async () => {
    world.btp.faults.lostAnswers.push('POST /v1/platforms')
    world.setHelmFault('hang')
    await begin('service-broker-proxy')
    await helmWaits()
    world.killSteps()
    await fails('Connect the namespace', 'The step was killed')
    world.setHelmFault('not-ready')
    await play.click('U0ADA', 'Retry')
    await fails('Connect the namespace', 'did not become ready in time', 2)
    world.setHelmFault(undefined)
    await play.click('U0ADA', 'Retry')
    await isDone()
    world.setHelmFault('hook-fails')
    await play.click('U0BEN', 'Clean up')
    await says('What the chart does before it goes failed')
    world.setHelmFault(undefined)
    await play.click('U0BEN', 'Clean up')
    await isCleanedUp()
    await nothingIsFound()
  })

  it('though the repository of the charts and the proxy have credentials in their addresses', async () => {
    const password = 'proxy-canary-1f8c'
    const charts = await startCharts('bob', 'charts-canary-7d2a')
    const proxy = await startProxy()
    try {
      const through = proxy.url.replace('http://', `http://bob:${password}@`)
      Object.assign(world.sharedMeta.documents, {
        'btp/proxy': { url: through },
        'btp/charts': { url: charts.url.replace('7d2a', '0bad') },
      })
      templates = withAddresses(world)
      world = { ...world, environment: { ...world.environment, TEMPLATES_DIR: templates } }
      await begin('service-broker-proxy', [password, 'charts-canary-7d2a', 'charts-canary-0bad'])
      await fails('Connect the namespace', 'The repository of the chart does not let helm in')
      Object.assign(world.sharedMeta.documents, { 'btp/charts': { url: charts.url } })
      await play.click('U0ADA', 'Retry')
      await isDone()
      await play.click('U0BEN', 'Clean up')
      await isCleanedUp()
      expect([...proxy.seen]).toContain(new URL(world.btp.url).host)
      expect(charts.served).toEqual(['/charts/index.yaml'])
      // helm goes through the proxy too.
      await nothingIsFound(({ args }, secret) => secret === password && args.includes('sandbox/helm'))
    } finally {
      await Promise.all([charts.close(), proxy.close()])
    }
  })
})

interface Template {
  readonly metadata: { readonly annotations: Record<string, string> }
  readonly spec: { readonly templates: readonly { readonly container?: { readonly env: Variable[] } }[] }
}
interface Variable {
  readonly name: string
  readonly valueFrom?: object
}

/** The shipped templates, whose steps take the addresses of a proxy and of a repository from the run's Secret. */
const withAddresses = ({ folder }: World): string => {
  const all = join(folder, 'templates')
  cpSync(join(repositoryRoot, 'templates'), all, { recursive: true })
  const from = (name: string, key: string): Variable => ({
    name,
    valueFrom: { secretKeyRef: { name: '{{workflow.parameters.run-secret}}', key } },
  })
  for (const file of ['onboard.yaml', 'cleanup.yaml']) {
    const path = join(all, 'sap-btp', file)
    const template = load(readFileSync(path, 'utf8')) as Template
    template.metadata.annotations['onboard-bot.dev/secrets'] +=
      'proxy: { path: btp/proxy, key: url }\ncharts: { path: btp/charts, key: url }\n'
    for (const { container } of template.spec.templates) {
      const at = container?.env.findIndex(({ name }) => name === 'PROXY_CHART_REPOSITORY') ?? -1
      if (at !== -1) container?.env.splice(at, 1, from('PROXY_CHART_REPOSITORY', 'charts'))
      container?.env.push(from('HTTP_PROXY', 'proxy'))
    }
    writeFileSync(path, dump(template, { noRefs: true }))
  }
  return all
}
