const inFlight = new Set([
  'STARTED',
  'CREATING',
  'PROCESSING',
  'UPDATING',
  'MOVING',
  'MOVING_TO_OTHER_GA',
  'MIGRATING',
  'ROLLBACK_MIGRATION_PROCESSING',
  'PENDING_REVIEW',
])

/** States of a subaccount that lead somewhere; one that is not known counts as such, and is worth a warning. */
export const isStateInFlight = (state: string): boolean => inFlight.has(state)

/** States of a subaccount that lead nowhere. */
export const isFailedState = (state: string): boolean => state.endsWith('_FAILED') || state === 'CANCELED'
