import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Clock } from '../../clock.ts'
import { connectClusters } from '../../clusters.ts'
import type { Config } from '../../config/read-config.ts'
import { systemDisk } from '../../store/disk.ts'
import { isLocked, placeOf, spaceIn, tryToSave, unwritableIn } from '../../store/inspection.ts'
import type { Check } from './check.ts'
import { policyCheck, templateChecks } from './configuration-checks.ts'
import { dataChecks } from './data-checks.ts'
import { offersIn, readOffers } from './offers.ts'
import { planClusters } from './plan-clusters.ts'
import { planNetwork } from './plan-network.ts'
import { planSecrets } from './plan-secrets.ts'
import { planSlack } from './plan-slack.ts'
import { botCallMs } from './run-checks.ts'

const planData = ({ dataDirectory }: Config): readonly Check[] => {
  const place = placeOf(resolve(dataDirectory))
  return dataChecks(dataDirectory, {
    place: existsSync(dataDirectory) ? dataDirectory : place,
    tryToSave: () => tryToSave(systemDisk, place),
    unwritable: () => unwritableIn(place),
    isLocked: () => isLocked(place),
    space: () => spaceIn(place),
  })
}

/**
 * Everything that is to be looked at for a configuration, each call for as long as the bot waits for it or as a check may
 * take (milliseconds), whichever is longer. Throws when the CA file of an argo-server cannot be read.
 */
export const planChecks = (
  config: Config,
  { clock, limitMs }: { readonly clock: Clock; readonly limitMs: number },
): readonly Check[] => {
  const read = readOffers(config)
  const offers = 'catalogue' in read ? read : undefined
  const offered = offers === undefined ? [] : offersIn(offers)
  const connections = connectClusters(config, clock, Math.max(limitMs, botCallMs))
  return [
    ...templateChecks('catalogue' in read ? { names: read.templates.all.map(({ name }) => name) } : read),
    ...offered.map(({ cluster, template, terms }) => policyCheck(cluster, template.name, terms.policy)),
    ...planSlack(config, offered, limitMs),
    ...planData(config),
    ...planNetwork(config, connections),
    ...(offers === undefined ? [] : planSecrets(config, connections, { offers, limitMs })),
    ...planClusters(config, connections, { offers, clock }),
  ]
}
