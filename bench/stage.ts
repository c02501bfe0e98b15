import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { dump, load } from 'js-yaml'

import { bot } from '../sandbox/slack/cast.ts'
import { startWorld, type World } from '../sandbox/world.ts'
import { Fleet } from './fleet.ts'
import { ProbedBot } from './probed-bot.ts'
import { fill } from './records.ts'
import { sleep } from './row.ts'

/** The clusters of every stage. */
export const clusters = Array.from({ length: 20 }, (_, index) => `c${index + 1}`)

/** A world whose clusters are a fleet, and the bot that follows it, not started yet. */
export interface Stage {
  readonly world: World
  readonly fleet: Fleet
  readonly bot: ProbedBot
  readonly end: () => Promise<void>
}

/** The sandbox's configuration with the fleet's clusters in the place of its own. */
const configure = (world: World, fleet: Fleet): string => {
  const config = load(readFileSync(world.environment['ONBOARD_CONFIG'] ?? '', 'utf8')) as {
    clusters: Record<string, { argo: object }>
  }
  const [cluster] = Object.values(config.clusters)
  config.clusters = Object.fromEntries(
    clusters.map((name) => [
      name,
      { ...cluster, title: name, argo: { ...cluster?.argo, url: `${fleet.url}/${name}` } },
    ]),
  )
  const path = join(world.folder, 'fleet.yml')
  writeFileSync(path, dump(config, { noRefs: true }))
  return path
}

/** A stage with so many running onboardings on each cluster. */
export const setStage = async (perCluster: number): Promise<Stage> => {
  const world = await startWorld()
  const fleet = new Fleet()
  await fleet.open()
  const folder = join(world.folder, 'fleet-data')
  mkdirSync(folder)
  const { workspace } = world.slack
  const post = (): string => {
    const ts = workspace.ts()
    const about = { channel: 'C0ONBOARD', user: bot.userId, threadTs: undefined, metadata: undefined }
    workspace.messages.push({ ...about, ts, text: '', blocks: [], isEdited: false })
    return ts
  }
  if (perCluster > 0) await fill(folder, { fleet, post }, { clusters, perCluster })
  const process = new ProbedBot(world, { ONBOARD_CONFIG: configure(world, fleet), DATA_DIR: folder })
  return {
    world,
    fleet,
    bot: process,
    end: async () => {
      await process.kill()
      await fleet.close()
      await world.close()
    },
  }
}

/** Waits for what is to come. Throws when it does not. */
export const until = async (what: string, condition: () => boolean, withinMs = 30_000): Promise<void> => {
  for (const begin = performance.now(); !condition(); await sleep(5)) {
    if (performance.now() - begin > withinMs) throw new Error(`waited in vain for: ${what}`)
  }
}
