import { readFileSync } from 'node:fs'

import { z } from 'zod'

/** helm says this and ends with 1. */
export class HelmError extends Error {}

const installFaults = ['not-ready', 'chart-missing', 'hang', 'no-api', 'foreign-object'] as const
const uninstallFaults = ['hook-fails', 'too-slow'] as const

/** Everything that the stand-in can do wrong. */
export const helmFaults = [...installFaults, ...uninstallFaults]

const settingsSchema = z.object({
  /** Which helm this stands for. */
  version: z.enum(['3.22', '4.3']).default('4.3'),
  /** What an installation does wrong. */
  install: z.enum(installFaults).optional(),
  uninstall: z.enum(uninstallFaults).optional(),
  /** How much of a real time-out is waited. */
  timeScale: z.number().positive().default(0.001),
})
export type Settings = z.infer<typeof settingsSchema>

/** The switches of the stand-in, from the file that HELM_FAULTS names. */
export const readSettings = (): Settings => {
  const path = process.env['HELM_FAULTS']
  return settingsSchema.parse(path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8')))
}

/** What helm 3 and helm 4 say in different words. */
export interface Dialect {
  readonly version: string
  readonly unreachable: string
  /** Whether `repo update` ends with 1 where a repository could not be read. */
  readonly failsUpdates: boolean
  /** The flag that takes back what failed. */
  readonly rollbackFlag: '--atomic' | '--rollback-on-failure'
  readonly removedFlags: readonly string[]
  readonly notReady: (resource: string, isUpgrade: boolean) => string
  /** What helm 4 writes on standard error before it rolls an upgrade back. */
  readonly warning: (name: string, reason: string) => string | undefined
  readonly info: object
  readonly release: object
  readonly describes: boolean
  /** What helm 4 writes into a release that a rollback made. */
  readonly rollback: (to: number) => { readonly rollback_revision?: number }
}

const three: Dialect = {
  version: 'v3.22',
  unreachable: 'Kubernetes cluster unreachable',
  failsUpdates: false,
  rollbackFlag: '--atomic',
  removedFlags: ['--rollback-on-failure'],
  notReady: () => 'context deadline exceeded',
  warning: () => undefined,
  info: { deleted: '' },
  release: {},
  describes: false,
  rollback: () => ({}),
}

const four: Dialect = {
  version: 'v4.3',
  unreachable: 'kubernetes cluster unreachable',
  failsUpdates: true,
  rollbackFlag: '--rollback-on-failure',
  removedFlags: ['--all'],
  notReady: (resource, isUpgrade) =>
    `resource ${resource} not ready. status: InProgress, message: ${isUpgrade ? 'Pending termination: 1' : 'Available: 0/1'}\ncontext deadline exceeded`,
  warning: (name, reason) => `level=WARN msg="upgrade failed" name=${name} error=${JSON.stringify(reason)}`,
  info: {},
  release: { apply_method: 'ssa' },
  describes: true,
  rollback: (to) => ({ rollback_revision: to }),
}

export const dialectOf = ({ version }: Settings): Dialect => (version === '3.22' ? three : four)
