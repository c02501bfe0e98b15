import { randomUUID } from 'node:crypto'

import { z } from 'zod'

import type { BtpFaults } from './faults.ts'

export interface Subaccount {
  readonly guid: string
  readonly displayName: string
  readonly subdomain: string
  readonly region: string
  readonly parentGUID: string
  readonly description: string | null
  readonly usedForProduction: string
  readonly labels: Readonly<Record<string, readonly string[]>>
  readonly createdAt: number
  readonly job: string
  /** How often somebody looked: every look moves it on. */
  looks: number
  /** Lists that it is still missing in. */
  hiddenLists: number
  isFailed: boolean
  isForced: boolean
  /** Looks since its deletion was asked for. */
  deletionLooks: number | undefined
}

/** The global account that everything belongs to. */
export const rootGuid = '0f1e2d3c-0000-4000-8000-00000000beef'

const regions = ['eu10', 'eu11', 'eu20', 'us10', 'us20', 'ap10', 'ap11', 'jp10']

const label = z.string().max(63)

export const createSchema = z.object({
  displayName: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^/]*$/, 'must not contain /'),
  subdomain: z
    .string()
    .regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/, 'must be letters, digits and hyphens'),
  region: z.enum(regions),
  parentGUID: z.literal(rootGuid).default(rootGuid),
  description: z.string().max(255).nullable().default(null),
  usedForProduction: z
    .enum(['USED_FOR_PRODUCTION', 'NOT_USED_FOR_PRODUCTION'])
    .default('NOT_USED_FOR_PRODUCTION'),
  labels: z
    .record(label, z.array(label).max(10))
    .refine((all) => Object.keys(all).length <= 10, 'at most 10 labels')
    .default({}),
  origin: z.literal('API').optional(),
})

/** A new subaccount that nobody has looked at. */
export const newSubaccount = (
  wanted: z.infer<typeof createSchema>,
  { faults, now }: { faults: BtpFaults; now: number },
): Subaccount => ({
  ...wanted,
  guid: randomUUID(),
  createdAt: now,
  job: randomUUID(),
  looks: 0,
  hiddenLists: faults.laggingLists,
  isFailed: faults.failsCreation,
  isForced: false,
  deletionLooks: undefined,
})

/** Two looks see a deletion going on; the third finds nothing. */
export const isGone = ({ deletionLooks }: Subaccount): boolean => (deletionLooks ?? 0) > 1

const looksUntilDone = 3

/** STARTED, CREATING without and with a tenant, then OK: as recorded. */
export const stateOf = (one: Subaccount, faults: BtpFaults): string => {
  if (faults.shownState !== undefined) return faults.shownState
  if (one.deletionLooks !== undefined) return 'DELETING'
  if (one.looks === 0) return 'STARTED'
  if (one.looks < looksUntilDone + faults.stuckLooks) return 'CREATING'
  return one.isFailed ? 'CREATION_FAILED' : 'OK'
}

const messages: Readonly<Record<string, string>> = {
  CREATING: 'Subaccount is being created',
  CREATION_FAILED: 'The tenant could not be created.',
  DELETION_FAILED: 'The tenant could not be deleted.',
  DELETING: 'Subaccount is being deleted',
  OK: 'Subaccount created',
}

/** A subaccount as it goes over the wire: times in milliseconds, the tenant's name once there is a tenant. */
export const shownSubaccount = (one: Subaccount, faults: BtpFaults): object => {
  const state = stateOf(one, faults)
  const stateMessage = messages[state]
  return {
    guid: one.guid,
    technicalName: one.looks < 2 ? 'N/A' : one.guid,
    displayName: one.displayName,
    globalAccountGUID: rootGuid,
    parentGUID: one.parentGUID,
    parentType: 'ROOT',
    region: one.region,
    subdomain: one.subdomain,
    betaEnabled: false,
    usedForProduction: one.usedForProduction,
    description: one.description,
    state,
    ...(stateMessage !== undefined && { stateMessage }),
    contractStatus: one.isForced ? 'PENDING_FORCED_DELETION' : 'ACTIVE',
    createdDate: one.createdAt,
    modifiedDate: one.createdAt,
    labels: one.labels,
    customProperties: [],
  }
}
