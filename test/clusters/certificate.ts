import { generate } from 'selfsigned'

/** A new certificate for these host names that signs itself: its own CA, as argo-server makes one at each start. */
export const createCertificate = async (
  ...hosts: readonly string[]
): Promise<{ readonly key: string; readonly cert: string }> => {
  const altNames = hosts.map((value) => ({ type: 2 as const, value }))
  const { private: key, cert } = await generate([{ name: 'commonName', value: hosts[0] ?? 'test' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  })
  return { key, cert }
}
