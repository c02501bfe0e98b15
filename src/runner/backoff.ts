/** Waits between tries, in milliseconds: doubling from a second to a minute. */
const firstMs = 1_000
const longestMs = 60_000

/**
 * How long to wait before try number `failures + 1`, in milliseconds. `random` is in [0, 1); half of the time is
 * jitter, so that what failed together does not come back together.
 */
export const backoffMs = (failures: number, random: number): number => {
  const full = Math.min(firstMs * 2 ** (failures - 1), longestMs)
  return full / 2 + (full / 2) * random
}
