import { isObject, objectAt, textAt, textsOf } from './json.ts'
import type { JsonObject } from './json.ts'
import { badRequest, invalid } from './status.ts'

const keyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

// Go's decoder names the first byte that is not base64; padding is counted by the length.
function firstBadByte(value: string): number {
  const bad = value.search(/[^A-Za-z0-9+/=]/)
  if (bad >= 0) return bad
  return value.length % 4 === 0 ? -1 : value.length
}

/** A Secret as Kubernetes stores it: `stringData` folded into `data`, type filled in; throws as it refuses. */
export function readSecret(body: JsonObject): JsonObject {
  const { stringData: _plain, ...rest } = body
  const name = textAt(objectAt(body, 'metadata'), 'name') ?? ''
  const data = isObject(body['data']) ? textsOf(body['data']) : {}
  for (const value of Object.values(data)) {
    const at = firstBadByte(value)
    if (at >= 0) {
      throw badRequest(
        `Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte ${at}`,
      )
    }
  }
  for (const [key, value] of Object.entries(textsOf(body['stringData']))) {
    data[key] = Buffer.from(value).toString('base64')
  }
  for (const key of Object.keys(data)) {
    if (/^[-._a-zA-Z0-9]+$/.test(key)) continue
    const message = `Invalid value: "${key}": ${keyRule}`
    throw invalid('Secret', name, { reason: 'FieldValueInvalid', message, field: `data[${key}]` })
  }
  const hasData = Object.keys(data).length > 0
  const { data: _data, type, ...others } = rest
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    ...others,
    ...(hasData ? { data } : {}),
    type: typeof type === 'string' ? type : 'Opaque',
  }
}
