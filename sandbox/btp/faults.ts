/** The switches of the sandbox's SAP BTP. */
export interface BtpFaults {
  /** Everything answers 503. */
  isDown: boolean
  /** The next calls answer 429 with Retry-After. */
  rateLimited: number
  /** The token service refuses the credentials. */
  isUnauthorised: boolean
  /** Subdomains that somebody else has. */
  readonly takenSubdomains: Set<string>
  /** Creations end as CREATION_FAILED. */
  failsCreation: boolean
  /** The answer to the next creations is lost after they were carried out: paths that contain one of these. */
  readonly lostAnswers: string[]
  /** Registrations of platforms are refused. */
  failsPlatforms: boolean
  /** Deletions are answered, but nothing is deleted. */
  forgetsDeletion: boolean
}

export const createFaults = (): BtpFaults => ({
  isDown: false,
  rateLimited: 0,
  isUnauthorised: false,
  takenSubdomains: new Set(),
  failsCreation: false,
  lostAnswers: [],
  failsPlatforms: false,
  forgetsDeletion: false,
})
