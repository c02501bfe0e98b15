import type { SecretReference } from '../../onboarding/ports/credentials.ts'
import { type Check, check, ok, wrong } from './check.ts'
import { grant, grantFiles } from './grants.ts'
import { denialIn, isRemote, refusal } from './remote.ts'

/** A value that a template's run Secret takes on a cluster. */
export interface WantedSecret {
  readonly cluster: string
  readonly template: string
  /** The key of the run Secret. */
  readonly name: string
  readonly reference: SecretReference
  /** What the place that it comes from is called; undefined when the configuration names none. */
  readonly source: string | undefined
}

/** What lets the bot read the Secret that it was refused; undefined when something else stands in the way. */
const readable = (error: unknown): string | undefined => {
  const { user, namespace, resource, name } = denialIn(error) ?? {}
  if (user === undefined || namespace === undefined || resource !== 'secrets') return undefined
  const right = { group: '', resource, verbs: ['get'], why: 'the secrets of runs' }
  const only = name === undefined ? {} : { name }
  return grant({ user, namespace, right: { ...right, ...only }, file: grantFiles.bot })
}

const secretCheck = (wanted: WantedSecret, fetch: (wanted: WantedSecret) => Promise<void>): Check => {
  const { cluster, template, name, reference, source } = wanted
  const where = [
    `${source} at ${reference.path}`,
    ...(reference.key === undefined ? [] : [`key ${reference.key}`]),
  ]
  const dependsOnNamespace = reference.path.includes('{namespace}')
  return check({
    id: `secrets/${cluster}/${template}/${name}`,
    area: 'Secrets',
    title: `${name} of ${template} on ${cluster}`,
    probe: () => fetch(wanted),
    judge: () => ok(`is there: ${where.join(', ')}`),
    refused: (error) => {
      if (source === undefined)
        return wrong(
          'the configuration names no source of secrets for it',
          'add "credentials" to the configuration: docs/configuration.md',
        )
      return dependsOnNamespace && isRemote(error, 'invalid')
        ? ok(`looked for when a run starts: ${where.join(', ')}`)
        : refusal(
            error,
            readable(error) ?? 'name a source that has it under "credentials": docs/configuration.md',
          )
    },
  })
}

/** Whether what the templates need can be fetched; `fetch` drops the values and throws RemoteError. */
export const secretChecks = (
  wanted: readonly WantedSecret[],
  fetch: (wanted: WantedSecret) => Promise<void>,
): readonly Check[] => wanted.map((one) => secretCheck(one, fetch))
