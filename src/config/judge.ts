import { z } from 'zod'

import { meantName } from '../nearest-name.ts'
import type { Rule } from '../onboarding/policy.ts'

/** Stands for a value that is there, or was meant to be, and is wrong: it is named for that, and not as missing. */
export const wrong = Symbol('wrong')
type Wrong = typeof wrong

/** What is right by itself in a value: of a map, each name by itself. Half of a rule would say something else. */
export type Judged<Value> = Value extends readonly unknown[] | Rule
  ? Value | Wrong
  : Value extends object
    ? { readonly [Name in keyof Value]?: Judged<Value[Name]> } | Wrong
    : Value | Wrong

const isRight = <Value>(value: Value): value is Exclude<Value, Wrong> => value !== wrong

/** Undefined for what is not there, and for what is wrong. */
export const right = <Value>(value: Value): Exclude<Value, Wrong> | undefined =>
  isRight(value) ? value : undefined

const map = z.record(z.string(), z.unknown())
type Given = z.output<typeof map>
type Shape = Readonly<Record<string, z.core.$ZodType>>

/** The names that a schema takes in this map, each with the schema of its value; undefined where it takes no map alone. */
const shapeOf = (schema: z.core.$ZodType, given: Given): Shape | undefined => {
  if (schema instanceof z.ZodObject) return schema.shape
  if (schema instanceof z.ZodRecord)
    return Object.fromEntries(Object.keys(given).map((name) => [name, schema.valueType]))
  if (schema instanceof z.ZodUnion) {
    const shapes = schema.options.map((one) => shapeOf(one, given))
    return shapes.includes(undefined) ? undefined : Object.assign({}, ...shapes)
  }
  if (schema instanceof z.ZodPipe) return shapeOf(schema.in, given)
  const isWrapped =
    schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable
  return isWrapped ? shapeOf(schema.unwrap(), given) : undefined
}

const judgeNames = (shape: Shape, given: Given): Given => {
  const names = Object.keys(shape)
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(shape, name))
  const meant = new Set(unknown.map((name) => meantName(name, names)))
  const judged = Object.entries(shape).map(([name, schema]) => {
    if (Object.hasOwn(given, name)) return [name, judge(schema, given[name])] as const
    // What is left out may have a default.
    return [name, meant.has(name) ? wrong : z.safeParse(schema, undefined).data] as const
  })
  return Object.fromEntries(judged.filter(([, one]) => one !== undefined))
}

/** What is right by itself in a value that may have mistakes. */
export function judge<Schema extends z.core.$ZodType>(schema: Schema, raw: unknown): Judged<z.output<Schema>>
export function judge(schema: z.core.$ZodType, raw: unknown): unknown {
  const { success, data } = z.safeParse(schema, raw)
  if (success) return data
  const given = map.safeParse(raw).data
  if (given === undefined) return wrong
  const shape = shapeOf(schema, given)
  return shape === undefined ? wrong : judgeNames(shape, given)
}
