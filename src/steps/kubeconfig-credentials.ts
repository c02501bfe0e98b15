import { createPrivateKey, X509Certificate } from 'node:crypto'

import { z } from 'zod'

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString()

const canBeRead = (read: () => unknown): boolean => {
  try {
    read()
    return true
  } catch {
    // What OpenSSL says of it helps nobody.
    return false
  }
}

/** One or more certificates, as a kubeconfig holds them; the first one counts. */
export const certificateData = z
  .string()
  .refine((text) => canBeRead(() => new X509Certificate(decoded(text))), {
    error: 'must be the base64 of a certificate in PEM',
    abort: true,
  })

const keyData = z.string().refine((text) => canBeRead(() => createPrivateKey(decoded(text))), {
  error: 'must be the base64 of a private key in PEM, without a passphrase',
  abort: true,
})

const isPair = (certificate: string, key: string): boolean =>
  new X509Certificate(decoded(certificate)).checkPrivateKey(createPrivateKey(decoded(key)))

// It becomes a header of HTTP, which takes no line breaks.
const token = z.string().regex(/^[\x21-\x7e]*$/, 'must be one word, without line breaks and blanks')

/** What a user of a kubeconfig proves with who it is, where all of it stands in the kubeconfig itself. */
export const credentials = z
  .looseObject({
    token: token.optional(),
    'client-certificate-data': certificateData.optional(),
    'client-key-data': keyData.optional(),
  })
  .superRefine(({ 'client-certificate-data': certificate, 'client-key-data': key }, context) => {
    const tell = (field: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [field], message })
    }
    if (certificate === undefined && key !== undefined)
      tell('client-certificate-data', 'is missing beside client-key-data')
    if (certificate !== undefined && key === undefined)
      tell('client-key-data', 'is missing beside client-certificate-data')
    if (certificate !== undefined && key !== undefined && !isPair(certificate, key))
      tell('client-key-data', 'is not the key of client-certificate-data')
  })

/** The proxy of one cluster; client-go and the client of the steps take these. */
export const proxyUrl = z
  .string()
  .refine((text) => text === '' || /^(?:https?|socks5):$/.test(URL.parse(text)?.protocol ?? ''), {
    error: 'must be an address that begins with http://, https:// or socks5://',
  })
