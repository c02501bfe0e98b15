/** How a secret may be spelled by who read it from a Secret, a URL or a piece of JSON. */
const spellings = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret)
  const base64 = bytes.toString('base64')
  const inJson = JSON.stringify(secret).slice(1, -1)
  return [
    secret,
    base64,
    base64.replace(/=+$/, ''),
    bytes.toString('base64url'),
    encodeURIComponent(secret),
    inJson,
  ]
}

/** Shorter texts stand everywhere, and are no secrets. */
const shortest = 4

/** Replaces the secrets in a text, in every spelling that is known. */
export const maskSecrets = (text: string, secrets: readonly string[]): string =>
  secrets
    .filter(({ length }) => length >= shortest)
    .flatMap(spellings)
    // One may be the beginning of another.
    .toSorted((one, other) => other.length - one.length)
    .reduce((masked, spelling) => masked.replaceAll(spelling, '[secret]'), text)
