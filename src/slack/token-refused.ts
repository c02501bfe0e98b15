import { WebAPIPlatformError } from '@slack/web-api'

/** Slack's names for why a token is no good, whatever is called with it. */
export const badTokens: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
])

const apps = 'https://api.slack.com/apps'

/** The variables that the tokens were given by, such as SLACK_BOT_TOKEN or SLACK_BOT_TOKEN_FILE. */
export interface TokenVariables {
  readonly bot: string
  readonly app: string
}

const cures = {
  bot: `give the bot token (xoxb-…) of the installed app: ${apps} -> the app -> OAuth & Permissions`,
  app: `give an app-level token (xapp-…) with the scope connections:write: ${apps} -> the app -> Basic Information -> App-Level Tokens`,
} as const

/** Slack has refused a token: only whoever set it can mend that. Names the variables and the cures. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
  readonly #mistakes: readonly string[]

  constructor(mistakes: readonly string[], cause: unknown) {
    super(`The bot cannot start:\n${mistakes.map((mistake) => `- ${mistake}`).join('\n')}`, { cause })
    this.#mistakes = mistakes
  }

  /** One that names what all of them name. */
  static of(refusals: readonly TokenRefused[]): TokenRefused {
    const mistakes = refusals.flatMap((one) => one.#mistakes)
    return new TokenRefused([...new Set(mistakes)], refusals[0]?.cause)
  }
}

/** The refusal that an error is; undefined where Slack could not be asked, or may answer otherwise later. */
export const tokenRefusal = (
  token: keyof typeof cures,
  variables: TokenVariables,
  error: unknown,
): TokenRefused | undefined => {
  const code = error instanceof WebAPIPlatformError ? error.data.error : ''
  const isRefused = badTokens.has(code) || (token === 'app' && code === 'missing_scope')
  if (!isRefused) return undefined
  return new TokenRefused([`${variables[token]}: Slack does not take it (${code}); ${cures[token]}`], error)
}
