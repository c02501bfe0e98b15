import { z } from 'zod'

/** A DNS label (RFC 1123): what Kubernetes accepts as a namespace, and what makes a safe part of a file name. */
export const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
    'has to be a DNS label; use at most 63 lower-case letters, digits and dashes, and no dash at the ends',
  )

export const keySchema = z.strictObject({ cluster: dnsLabel, namespace: dnsLabel, template: dnsLabel })

/** What is onboarded where: at most one onboarding per key is in progress or in place. */
export type Key = Readonly<z.infer<typeof keySchema>>

/** The key as people and logs see it. */
export const keyText = (key: Key): string => `${key.cluster}/${key.namespace}/${key.template}`

/** The inverse of {@link keyText}; undefined when the text is no key. */
export const parseKey = (text: string): Key | undefined => {
  const [cluster, namespace, template, ...rest] = text.split('/')
  if (rest.length > 0) return undefined
  return keySchema.safeParse({ cluster, namespace, template }).data
}
