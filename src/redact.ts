// Shapes that only secrets have: Slack tokens, JSON web tokens, bearer headers, the password of an address, and values
// after a telling name.
const secretShapes = [
  /\bx(?:ox[a-z]|app|wfp)-[A-Za-z0-9-]+/g,
  /\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /(?<=\w:\/\/)[^\s/:@]*:[^\s/@]+(?=@)/g,
  /\b(?:Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{6,}/gi,
]

// The name stays, so that the line still says what was hidden, and JSON stays JSON.
const namedSecret =
  /\b(client[_-]?secret|client-key-data|password|passwd|(?:\w+[_-])?token|api[_-]?key)(\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,;&]{4,}/gi

/** Replaces everything in a text that looks like a secret. */
export const redact = (text: string): string =>
  secretShapes
    .reduce((cleaned, shape) => cleaned.replace(shape, '[secret]'), text)
    .replace(namedSecret, '$1$2[secret]')
