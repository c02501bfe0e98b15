/** How a call of the Web API goes wrong. `lost` carries it out and then cuts the connection. */
export interface ApiFault {
  readonly method?: string
  readonly kind: 'hang' | 'http-500' | 'lost' | 'ratelimited'
  /** How often; for ever when absent. */
  times?: number
}

/** The switches of the sandbox's Slack. */
export interface SlackFaults {
  readonly api: ApiFault[]
  /** Scopes that the app was installed without. */
  readonly missingScopes: Set<string>
  /** Slack's own rate limits hold. */
  isLimited: boolean
  /** Methods whose plan blocks are refused, as a Slack that does not know them does. */
  isWithoutPlan: boolean
}

/** The fault that this call meets, used up by it. */
export const takeFault = (faults: SlackFaults, method: string): ApiFault | undefined => {
  const index = faults.api.findIndex((fault) => fault.method === undefined || fault.method === method)
  const fault = faults.api[index]
  if (fault?.times !== undefined) {
    fault.times -= 1
    if (fault.times <= 0) faults.api.splice(index, 1)
  }
  return fault
}
