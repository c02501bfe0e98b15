/** An answer given instead of the real one. */
export interface PlannedAnswer {
  /** Part of `METHOD /path?query`. */
  readonly on: string
  /** Whether the call is carried out all the same: its answer is lost then. */
  readonly isCarriedOut?: boolean
  /** 0: the connection is dropped. */
  readonly status: number
  /** A text is sent as a page of HTML, nothing as an empty body. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** How many calls get it; default 1. */
  times?: number
}

/** How a 429 says when to come again. */
export type RateLimitForm = 'seconds' | 'http-date' | 'sap-date' | 'reset' | 'none'

/** The switches of the sandbox's SAP BTP. */
export interface BtpFaults {
  /** Everything answers 503. */
  isDown: boolean
  /** The accounts service leads to a login page, as a gateway before it does. */
  redirects: boolean
  /** The next calls answer 429. */
  rateLimited: number
  rateLimitForm: RateLimitForm
  /** The token service refuses the credentials. */
  isUnauthorised: boolean
  /** The tokens given from now on may not create or delete subaccounts. */
  isReadOnly: boolean
  /** How long tokens are good for (seconds). */
  tokenSeconds: number
  /** The token address of a new subaccount is not known for so many calls. */
  coldTokenCalls: number
  /** Subdomains that another customer has: no list shows them. */
  readonly takenSubdomains: Set<string>
  /** No more subaccounts fit. */
  isQuotaUsedUp: boolean
  /** Creations end as CREATION_FAILED. */
  failsCreation: boolean
  /** Creations stay CREATING for so many more looks. */
  stuckLooks: number
  /** The state that subaccounts are shown in, whatever they are in. */
  shownState: string | undefined
  /** New subaccounts are missing in so many lists. */
  laggingLists: number
  /** The next calls that contain one of these are carried out, and the connection is dropped. */
  readonly lostAnswers: string[]
  /** The next calls that are answered otherwise. */
  readonly planned: PlannedAnswer[]
  /** Every answer takes so long (milliseconds). */
  slowMs: number
  /** Registrations of platforms are refused. */
  failsPlatforms: boolean
  /** Platforms count as connected for so many deletions. */
  connectedDeletions: number
  /** The operator's plan is not visible for so many calls. */
  hiddenPlanCalls: number
  /** Operations of the Service Manager fail. */
  failsOperations: boolean
  /** Deletions are answered, but nothing is deleted. */
  forgetsDeletion: boolean
  /** The global account does not allow deletion by force. */
  forbidsForce: boolean
  /** Told of each call once it was carried out, before it is answered. */
  onRequest: ((call: string) => void) | undefined
}

export const createFaults = (): BtpFaults => ({
  isDown: false,
  redirects: false,
  rateLimited: 0,
  rateLimitForm: 'seconds',
  isUnauthorised: false,
  isReadOnly: false,
  tokenSeconds: 43_199,
  coldTokenCalls: 0,
  takenSubdomains: new Set(),
  isQuotaUsedUp: false,
  failsCreation: false,
  stuckLooks: 0,
  shownState: undefined,
  laggingLists: 0,
  lostAnswers: [],
  planned: [],
  slowMs: 0,
  failsPlatforms: false,
  connectedDeletions: 0,
  hiddenPlanCalls: 0,
  failsOperations: false,
  forgetsDeletion: false,
  forbidsForce: false,
  onRequest: undefined,
})

/** Takes the planned answer for a call, if there is one. */
export const takePlanned = (faults: BtpFaults, call: string): PlannedAnswer | undefined => {
  const lost = faults.lostAnswers.findIndex((part) => call.includes(part))
  if (lost !== -1) {
    const [on = ''] = faults.lostAnswers.splice(lost, 1)
    return { on, isCarriedOut: true, status: 0 }
  }
  const index = faults.planned.findIndex(({ on }) => call.includes(on))
  const found = faults.planned[index]
  if (found === undefined) return undefined
  found.times = (found.times ?? 1) - 1
  if (found.times <= 0) faults.planned.splice(index, 1)
  return found
}

/** The headers of a 429 that says to come again in a second. */
export const rateLimitHeaders = (form: RateLimitForm, now: number): Readonly<Record<string, string>> => {
  const then = new Date(Math.ceil(now / 1_000) * 1_000 + 1_000)
  switch (form) {
    case 'seconds':
      return { 'retry-after': '1' }
    case 'http-date':
      return { 'retry-after': then.toUTCString() }
    case 'sap-date':
      return { 'retry-after': `${then.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC` }
    case 'reset':
      return { 'x-ratelimit-reset': String(then.getTime()) }
    case 'none':
      return {}
  }
}
