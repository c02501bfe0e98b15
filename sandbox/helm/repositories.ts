import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { load } from 'js-yaml'
import { z } from 'zod'

import { type Dialect, HelmError } from './dialect.ts'

const repository = z.object({
  name: z.string(),
  url: z.string(),
  username: z.string().default(''),
  password: z.string().default(''),
})
const repositoriesFile = z.object({ repositories: z.array(repository) })
type Repository = z.infer<typeof repository>

/** One of the repositories that helm's own file names. */
export const findRepository = (name: string): Repository | undefined => {
  const file = join(process.env['HELM_CONFIG_HOME'] ?? '', 'repositories.yaml')
  if (!existsSync(file)) return undefined
  const { repositories } = repositoriesFile.parse(load(readFileSync(file, 'utf8')))
  return repositories.find((one) => one.name === name)
}

/** Why its index cannot be read, in helm's words; undefined when it can. */
const problemOf = async ({ url, username, password }: Repository): Promise<string | undefined> => {
  const index = `${url}/index.yaml`
  const basic = Buffer.from(`${username}:${password}`).toString('base64')
  const answer = await fetch(index, { headers: { authorization: `Basic ${basic}` } }).catch(() => undefined)
  if (answer?.ok === true) return undefined
  return answer === undefined
    ? `Get "${index}": dial tcp ${new URL(index).host}: connect: connection refused`
    : `failed to fetch ${index} : ${answer.status} ${answer.statusText}`
}

/** `helm repo update`: what goes wrong is told on standard output (seen with helm 3.22 and 4.3). */
export const updateRepository = async (name: string, { failsUpdates }: Dialect): Promise<string> => {
  const found = findRepository(name)
  if (found === undefined) throw new HelmError(`no repositories found matching '${name}'`)
  console.log('Hang tight while we grab the latest from your chart repositories...')
  const problem = await problemOf(found)
  if (problem === undefined) console.log(`...Successfully got an update from the "${name}" chart repository`)
  else
    console.log(
      `...Unable to get an update from the "${name}" chart repository (${found.url}):\n\t${problem}`,
    )
  if (problem !== undefined && failsUpdates)
    throw new HelmError(`failed to update the following repositories: [${found.url}]`)
  return 'Update Complete. ⎈Happy Helming!⎈'
}
