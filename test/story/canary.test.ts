import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { dump, load } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { repositoryRoot, startWorld, type World } from '../../sandbox/world.ts'
import { Play } from './play.ts'
import { ProcessWatch } from './processes.ts'
import { foundIn, leaksOf, needsSecrets, placesOf, Secrets, stepsWithSecrets } from './secrets.ts'

// Every step of every run is a process of its own.
vi.setConfig({ testTimeout: 300_000 })

let world: World
let play: Play

const begin = async (change: (world: World) => World = (one) => one): Promise<void> => {
  world = change(await startWorld())
  play = await Play.on(world)
}
/** Nothing is written any more. */
const ended = async (): Promise<void> => {
  await play.until('the run Secrets are gone', () => world.inventory().runSecrets.length === 0)
  await play.bot.end('SIGTERM')
}

afterEach(async () => {
  await play.end()
})

describe.skipIf(!existsSync('/proc/self/environ'))('in the whole story (needs /proc)', () => {
  let watch: ProcessWatch
  beforeEach(() => {
    watch = new ProcessWatch()
  })
  afterEach(() => {
    watch.stop()
  })

  it('with its failures, no secret is anywhere but in its Secret and in the process that needs it', async () => {
    await begin()
    const secrets = new Secrets(world)
    world.sharedMeta.faults.isDown = true
    world.setHelmFault('not-ready')
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await play.until('it waits for its secrets', () =>
      play.cardText().includes('shared-meta answers HTTP 503'),
    )
    world.sharedMeta.faults.isDown = false
    await play.until('it fails', () => play.threadText().includes('The last lines of its log'))
    world.setHelmFault(undefined)
    await play.click('U0ADA', 'Retry')
    await play.until('all is done', () => play.threadText().includes('Everything is done'))
    await play.slack.people.command('U0ADA', '/onboard status prod-eu shop', 'C0ONBOARD')
    await play.told('U0ADA', 'subaccount-id')
    await play.click('U0BEN', 'Clean up')
    await play.until('it is cleaned up', () => play.threadText().includes('nothing is left'))
    await ended()
    watch.stop()

    expect(secrets.size).toBeGreaterThan(7)
    expect(foundIn(placesOf(play), secrets)).toEqual([])

    const processes = [...watch.seen.values()]
    for (const name of ['src/main.ts', 'create-subaccount', 'install-proxy', 'delete-subaccount', 'helm']) {
      expect(processes.map(({ args }) => args).filter((args) => args.includes(name))).not.toEqual([])
    }
    const steps = stepsWithSecrets(join(repositoryRoot, 'templates/sap-btp'))
    expect(leaksOf(processes, secrets, needsSecrets(steps))).toEqual([])
  })
})

describe('a step that writes its secret wherever it can', () => {
  /** The first step gives it as an output, the second fails with it in its message and in its log, spelled in every way. */
  const leaky = (kind: 'onboard' | 'cleanup'): string => {
    const program = `
      const key = process.env.CIS_KEY
      const { uaa } = JSON.parse(key)
      const at = (path) => process.env.CONTAINER_ROOT + path
      const all = [key, uaa.clientsecret, Buffer.from(uaa.clientsecret).toString('base64'), encodeURIComponent(uaa.clientsecret)]
      console.log(all.join(' '))
      fs.writeFileSync(at('/tmp/outputs/leak'), 'id ' + uaa.clientsecret)
      if (process.env.FAILS) { fs.writeFileSync(at('/dev/termination-log'), all.join(' ')); process.exit(4) }`
    const pod = (name: string, env: readonly object[]): object => ({
      name,
      outputs: {
        parameters: [{ name: 'leak', globalName: 'leak', valueFrom: { path: '/tmp/outputs/leak' } }],
      },
      container: {
        image: '{{workflow.parameters.steps-image}}',
        command: ['node', '-e', program],
        env: [
          {
            name: 'CIS_KEY',
            valueFrom: { secretKeyRef: { name: '{{workflow.parameters.run-secret}}', key: 'cis' } },
          },
          ...env,
        ],
      },
    })
    const steps = kind === 'onboard' ? ['tell', 'fail'] : ['tell']
    return dump({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { annotations: { 'onboard-bot.dev/secrets': 'cis: { path: btp/cis }' } },
      spec: {
        entrypoint: 'main',
        arguments: { parameters: [{ name: 'run-secret' }, { name: 'steps-image' }] },
        templates: [
          { name: 'main', steps: steps.map((name) => [{ name, template: name }]) },
          ...steps.map((name) => pod(name, name === 'fail' ? [{ name: 'FAILS', value: 'yes' }] : [])),
        ],
      },
    })
  }

  const withLeaky = (one: World): World => {
    const folder = join(one.folder, 'templates')
    cpSync(join(repositoryRoot, 'templates'), folder, { recursive: true })
    mkdirSync(join(folder, 'leaky'))
    for (const kind of ['onboard', 'cleanup'] as const)
      writeFileSync(join(folder, 'leaky', `${kind}.yaml`), leaky(kind))
    const path = one.environment['ONBOARD_CONFIG'] ?? ''
    const config = load(readFileSync(path, 'utf8')) as { clusters: Record<string, object> }
    Object.assign(config.clusters['prod-eu'] ?? {}, { templates: { leaky: {} } })
    writeFileSync(path, dump(config))
    return { ...one, environment: { ...one.environment, TEMPLATES_DIR: folder } }
  }

  it('is masked in its output, its message and its log, in Slack, the store and the log of the bot', async () => {
    await begin(withLeaky)
    const secrets = new Secrets(world)
    await play.open('U0ADA', '/onboard prod-eu shop leaky')
    await play.send('U0ADA')
    await play.click('U0BEN', 'Approve')
    await play.until('it fails', () => play.threadText().includes('The last lines of its log'))
    expect(play.cardText()).toContain('leak: id [secret]')
    await play.click('U0ADA', 'Clean up')
    await play.until('it is cleaned up', () => play.threadText().includes('all clean-up steps are done'))
    await ended()
    // Argo shows what a step writes: only the step itself can keep that back.
    const places = Object.entries(placesOf(play)).filter(
      ([place]) => !place.startsWith("the steps' logs") && !place.startsWith('workflows'),
    )
    expect(foundIn(Object.fromEntries(places), secrets)).toEqual([])
    expect(secrets.in(world.podLines.join('\n'))).not.toEqual([])
  })
})
