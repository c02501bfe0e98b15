/** One figure of the bench, with its goal. */
export interface Row {
  readonly name: string
  readonly value: number
  readonly goal: number | null
  readonly unit: string
  readonly met: boolean | null
  /** What it is compared with, or how it was measured. */
  readonly peer: string
  readonly reason?: string
}

const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b)

export const percentile = (values: readonly number[], share: number): number =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN

export const median = (values: readonly number[]): number => percentile(values, 0.5)

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A figure that is good when it is not above its goal, or (`isFloor`) not below it; without a goal it is only reported. */
export const row = (
  name: string,
  value: number,
  about: { goal: number | null; unit?: string; peer: string; isFloor?: boolean },
): Row => {
  const { goal, unit = 'x', peer, isFloor = false } = about
  return {
    name,
    value: Number(value.toFixed(2)),
    goal,
    unit,
    met: goal === null ? null : isFloor ? value >= goal : value <= goal,
    peer,
    ...(goal === null && { reason: 'reported only' }),
  }
}
