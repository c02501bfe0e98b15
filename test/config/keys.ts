import { z } from 'zod'

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

/** What a schema takes, each place as `clusters.*.argo.url` or `policy.approve[]`. */
interface Places {
  readonly keys: readonly string[]
  /** The keys that have to be there where the map around them is. */
  readonly required: readonly string[]
  /** The maps that take no other names; '' is the file itself. */
  readonly closed: readonly string[]
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

const walk = (schema: JsonSchema, path: string): Places => {
  const { properties = {}, required = [], additionalProperties: others, items, anyOf = [] } = schema
  const inner = [
    ...Object.entries(properties).map(([name, one]) => ({ at: join(path, name), one })),
    ...(typeof others === 'object' ? [{ at: join(path, '*'), one: others }] : []),
    ...(items === undefined ? [] : [{ at: `${path}[]`, one: items }]),
  ]
  const found = [...inner.map(({ at, one }) => walk(one, at)), ...anyOf.map((one) => walk(one, path))]
  const all = (own: readonly string[], name: keyof Places): readonly string[] => [
    ...new Set([...own, ...found.flatMap((places) => places[name])]),
  ]
  return {
    keys: all(
      inner.map(({ at }) => at),
      'keys',
    ),
    required: all(
      required.map((name) => join(path, name)),
      'required',
    ),
    closed: all(others === false ? [path] : [], 'closed'),
  }
}

export const placesOf = (schema: z.ZodType): Places =>
  walk(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, '')
