import { globSync, readFileSync } from 'node:fs'

import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { methodScopes } from '../../sandbox/slack/api.ts'
import { commands, scopes } from '../../sandbox/slack/cast.ts'
import { subcommands } from '../../src/slack/command-line.ts'
import { commandNames } from '../../src/slack/handlers/commands.ts'
import { Play } from '../story/play.ts'

const manifest = z
  .object({
    features: z.object({
      slash_commands: z.array(z.object({ command: z.string(), usage_hint: z.string() })),
    }),
    oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  })
  .parse(load(readFileSync('manifest.yml', 'utf8')))
const asked = manifest.oauth_config.scopes.bot

describe('the manifest', () => {
  let play: Play
  beforeAll(async () => {
    play = await Play.begin()
  })
  afterAll(async () => {
    await play.end()
  })

  it('names the commands that the code registers, and the sandbox knows', () => {
    const named = manifest.features.slash_commands.map(({ command }) => command)
    expect(named).toEqual([...commandNames])
    expect(commands).toEqual(named)
  })

  it('hints at every word that /onboard knows', () => {
    const hint = manifest.features.slash_commands.find(({ command }) => command === '/onboard')?.usage_hint
    expect(hint?.split(' | ').slice(1)).toEqual([...subcommands])
  })

  it('asks for the scopes that the sandbox grants, and for no more', () => {
    expect(asked.toSorted()).toEqual([...scopes].toSorted())
  })

  it('has a scope for every method that a whole story calls', async () => {
    play.world.slack.faults.api.push({ method: 'chat.postMessage', kind: 'lost', times: 1 })
    await play.ask()
    await play.click('U0BEN', 'Approve')
    await play.until('it is done', () => play.threadText().includes('Everything is done'))
    const called = new Set(play.world.slack.calls.map(({ method }) => method))
    called.delete('apps.connections.open')
    for (const method of called) {
      const needed = methodScopes[method]
      expect(needed).toBeDefined()
      expect(needed?.length === 0 || needed?.some((scope) => asked.includes(scope))).toBe(true)
    }
  })

  it('has a scope for every method that the code names, and every scope is for one of them', () => {
    const sources = globSync('src/slack/**/*.ts').map((file) => readFileSync(file, 'utf8'))
    const calls = /\b(?:auth|chat|conversations|users|usergroups|views)(?:\.[a-zA-Z]+)+(?=\()/g
    const named = new Set(sources.flatMap((source) => source.match(calls) ?? []))
    expect(named.size).toBeGreaterThan(8)
    const needed = [...named].map((method) => ({ method, anyOf: methodScopes[method] }))
    const isMissing = ({ anyOf }: { anyOf: readonly string[] | undefined }): boolean =>
      anyOf === undefined || (anyOf.length > 0 && !anyOf.some((scope) => asked.includes(scope)))
    expect(needed.filter(isMissing)).toEqual([])
    const useful = needed.flatMap(({ anyOf = [] }) => anyOf)
    expect(asked.filter((scope) => scope !== 'commands' && !useful.includes(scope))).toEqual([])
  })
})
