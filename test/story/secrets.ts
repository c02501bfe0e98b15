import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { load } from 'js-yaml'

import { isObject } from '../../sandbox/kubernetes/json.ts'
import type { World } from '../../sandbox/world.ts'
import type { Play } from './play.ts'
import type { Seen } from './processes.ts'

/** Names under which values are secret, in Secrets and in the keys that are kept in them. */
const telling = /secret|password|token|username|clientid/i
const harmless = new Set(['credential-type', 'tokenurl', 'tokenurlsuffix'])

const secretLeaves = (name: string, value: unknown): readonly string[] => {
  if (isObject(value)) return Object.entries(value).flatMap(([inner, one]) => secretLeaves(inner, one))
  const isSecret = telling.test(name) && !harmless.has(name)
  return isSecret && typeof value === 'string' && value.length > 5 ? [value] : []
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // A value of its own.
    return text
  }
}

/** Every secret value that the cluster ever kept, as it is and as others would write it. */
export class Secrets {
  readonly #values = new Set<string>()

  /** `more`: what is secret under a name that does not say so. */
  constructor(world: World, more: readonly string[] = []) {
    const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SHARED_META_TOKEN } = world.environment
    for (const value of [SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SHARED_META_TOKEN]) this.#values.add(value ?? '')
    for (const name of ['onboard-bot', 'admin']) this.#values.add(world.kubernetes.token(name))
    for (const value of more) this.#values.add(value)
    world.kubernetes.objects.onChange(({ resource, namespace, name }) => {
      if (resource !== 'secrets') return
      for (const [key, text] of Object.entries(world.kubernetes.secret(namespace, name) ?? {})) {
        for (const value of secretLeaves(key, parsed(text))) this.#values.add(value)
      }
    })
  }

  get size(): number {
    return this.#values.size
  }

  /** The secrets that stand in a text, in any spelling. */
  in(text: string): readonly string[] {
    return [...this.#values].filter((value) =>
      [value, Buffer.from(value).toString('base64'), encodeURIComponent(value), JSON.stringify(value)].some(
        (spelling) => text.includes(spelling),
      ),
    )
  }
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())

/** The places that people, other programs and other people's backups can read. */
export const placesOf = ({ world, bot }: Play): Readonly<Record<string, string>> => {
  const { workspace, calls } = world.slack
  return {
    "Slack's messages": JSON.stringify([workspace.messages, workspace.ephemerals]),
    'calls to Slack': JSON.stringify(calls.map(({ method, given }) => ({ method, given }))),
    'the store': filesIn(join(world.folder, 'data'))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n'),
    "the bot's log": readFileSync(bot.logFile, 'utf8'),
    "the steps' logs": world.podLines.join('\n'),
    'workflows with their parameters, messages and outputs': JSON.stringify(world.argo.workflows.list()),
    'the paths that were called': JSON.stringify([world.argo.requests, world.btp.calls]),
  }
}

/** Where secrets stand that must not: `place: secret`. */
export const foundIn = (places: Readonly<Record<string, string>>, secrets: Secrets): readonly string[] =>
  Object.entries(places).flatMap(([place, text]) => secrets.in(text).map((secret) => `${place}: ${secret}`))

/** The steps of a template that get a key of the run's Secret, because it says so. */
export const stepsWithSecrets = (folder: string): readonly string[] =>
  ['onboard.yaml', 'cleanup.yaml'].flatMap((file) => {
    const { spec } = load(readFileSync(join(folder, file), 'utf8')) as {
      spec: { templates: { name: string }[] }
    }
    return spec.templates
      .filter((one) => JSON.stringify(one).includes('secretKeyRef'))
      .map(({ name }) => name)
  })

/** Secrets on a command line, or in the environment of a process other than the one that needs it. */
export const leaksOf = (
  processes: readonly Seen[],
  secrets: Secrets,
  mayHave: (process: Seen, secret: string) => boolean,
): readonly string[] =>
  processes.flatMap((one) => [
    ...secrets.in(one.args).map((secret) => `arguments of ${one.args}: ${secret}`),
    ...secrets
      .in(one.environment)
      .filter((secret) => !mayHave(one, secret))
      .map((secret) => `environment of ${one.args}: ${secret}`),
  ])

/** The bot, and each step to which the template gives a secret. */
export const needsSecrets =
  (steps: readonly string[]) =>
  ({ args }: Seen): boolean =>
    args.endsWith('src/main.ts') || steps.some((name) => args.endsWith(`src/steps/run/main.ts ${name}`))
