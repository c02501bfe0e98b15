import type { Clock } from '../../clock.ts'
import { ConfigError } from '../../config/config-error.ts'
import { type Config, readConfig } from '../../config/read-config.ts'
import { useProxies } from '../../network/proxies.ts'
import { redact } from '../../redact.ts'
import { type Check, type Finding } from './check.ts'
import { fileCheck, mistakeChecks } from './configuration-checks.ts'
import { planChecks } from './plan-checks.ts'
import { createTextRenderer, jsonRenderer } from './render.ts'
import { runChecks } from './run-checks.ts'

/** How the whole ended: `unusable` is a configuration that nothing could be looked at with. */
export type Diagnosis = 'fine' | 'wrong' | 'unusable'

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Throws when there is no such file. */
  readonly readFile: (path: string) => string
  readonly clock: Clock
  readonly isJson: boolean
  /** A check that has no answer by then is given up (milliseconds). */
  readonly limitMs: number
  readonly isColoured: boolean
  readonly write: (text: string) => void
}

/** A value that doctor says itself, as "wrong" and "shared-meta": to hide it would tell what it is, and hide the rest. */
const isWord = (value: string): boolean => /^[a-z_-]{1,15}$/i.test(value)

/** Hides the secrets of the configuration, whatever their shape, and all that looks like one. */
const createMask = ({ slack, sharedMetaTokens }: Config): ((text: string) => string) => {
  const secrets = [slack.botToken, slack.appToken, ...Object.values(sharedMetaTokens)]
    .map((secret) => secret.reveal())
    .filter((value) => !isWord(value))
  return (text) => redact(secrets.reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text))
}

const read = ({ environment, readFile }: Surroundings): Config | ConfigError => {
  try {
    return readConfig(environment, readFile)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

const masked = (finding: Finding, mask: (text: string) => string): Finding => ({
  ...finding,
  says: mask(finding.says),
  ...(finding.cure !== undefined && { cure: mask(finding.cure) }),
})

const report = async (
  checks: readonly Check[],
  { clock, limitMs, isJson, isColoured, write }: Surroundings,
  mask: (text: string) => string,
): Promise<readonly Finding[]> => {
  const renderer = isJson ? jsonRenderer : createTextRenderer(isColoured)
  const tell = (finding: Finding): void => {
    write(renderer.finding(masked(finding, mask)))
  }
  const findings = await runChecks(checks, { clock, limitMs, tell })
  write(renderer.end(findings))
  return findings
}

/** Looks at everything that the bot needs, changes nothing, and writes what it finds. */
export const runDoctor = async (surroundings: Surroundings): Promise<Diagnosis> => {
  const config = read(surroundings)
  if (config instanceof ConfigError) {
    await report(mistakeChecks(config.mistakes), surroundings, redact)
    return 'unusable'
  }
  useProxies(config)
  const checks = [fileCheck(Object.keys(config.file.clusters)), ...planChecks(config, surroundings)]
  const findings = await report(checks, surroundings, createMask(config))
  return findings.some(({ outcome }) => outcome === 'wrong') ? 'wrong' : 'fine'
}
