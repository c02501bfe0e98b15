import type { Clock } from '../../src/clock.ts'
import { type Access, adminRules, botRules, isAllowed, mintToken, type Rule } from './identities.ts'

/** Who may call the API, by which tokens, and what they may do. */
export interface Identities {
  /** Every token that is known, and whom it stands for. */
  readonly tokens: Map<string, string>
  /** The rules of each identity; change them to grant or revoke rights. */
  readonly rules: Map<string, Rule[]>
  /** The full name of an identity: `onboard-bot` is a ServiceAccount of the sandbox's namespace. */
  readonly identity: (name: string) => string
  /** A token for an identity, which is made known with no rights if it is new. */
  readonly token: (name: string) => string
  /** The identity behind a token; undefined where the token is unknown or has expired. */
  readonly authenticate: (token: string) => string | undefined
  readonly can: (identity: string, access: Access) => boolean
}

/** The bot, an administrator, somebody without rights, and whoever a test makes known; `issue` makes a token that ends (seconds). */
export const createIdentities = (
  clock: Clock,
  namespace: string,
): Identities & { readonly issue: (identity: string, seconds: number) => string } => {
  const tokens = new Map<string, string>()
  const expiries = new Map<string, number>()
  const rules = new Map<string, Rule[]>()
  const identity = (name: string): string =>
    name.includes(':') ? name : `system:serviceaccount:${namespace}:${name}`
  rules.set(identity('onboard-bot'), botRules(namespace))
  rules.set(identity('admin'), [...adminRules])
  const known = (name: string): string | undefined =>
    [...tokens].find(([token, who]) => who === identity(name) && !expiries.has(token))?.[0]
  const token = (name: string): string => {
    const found = known(name) ?? mintToken(identity(name))
    tokens.set(found, identity(name))
    return found
  }
  for (const name of ['onboard-bot', 'nobody', 'admin']) token(name)
  return {
    tokens,
    rules,
    identity,
    token,
    authenticate: (given) =>
      (expiries.get(given) ?? Infinity) <= clock.now() ? undefined : tokens.get(given),
    can: (who, access) => isAllowed(rules.get(who) ?? [], access),
    issue: (who, seconds) => {
      const expiresAt = clock.now() + seconds * 1000
      const issued = mintToken(who, expiresAt)
      tokens.set(issued, who)
      expiries.set(issued, expiresAt)
      return issued
    },
  }
}
