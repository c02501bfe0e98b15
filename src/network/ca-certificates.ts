import { X509Certificate } from 'node:crypto'

const blocks = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^]*?-----END \1-----/g

const isCertificate = (block: string): boolean => {
  try {
    return new X509Certificate(block).serialNumber !== ''
  } catch {
    // OpenSSL's reason is about bytes, and helps nobody.
    return false
  }
}

/** What is wrong with the certificates of CAs in PEM; undefined when nothing is. TLS itself takes any text for them. */
export const caMistake = (text: string): string | undefined => {
  const found = text.match(blocks) ?? []
  if (found.length === 0) return 'holds no certificate (PEM)'
  const broken = found.findIndex((block) => !isCertificate(block))
  return broken < 0 ? undefined : `holds a broken certificate (number ${broken + 1} of ${found.length})`
}
