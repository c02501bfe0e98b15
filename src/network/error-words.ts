import { z } from 'zod'

const errorSchema = z.object({
  code: z.unknown().optional(),
  name: z.unknown().optional(),
  cause: z.unknown().optional(),
})

/** Causes lie no deeper, and may lead in a circle. */
const deepest = 5

/** An error's own code and name, such as ECONNREFUSED and TimeoutError, then those of what caused it. */
export const wordsOf = (error: unknown, depth = 0): readonly string[] => {
  const { data } = errorSchema.safeParse(error)
  if (data === undefined || depth > deepest) return []
  const own = [data.code, data.name].filter((word) => typeof word === 'string')
  return [...own, ...wordsOf(data.cause, depth + 1)]
}
