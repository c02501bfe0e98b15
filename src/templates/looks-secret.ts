// Shapes that nothing but a secret has: Slack tokens, JSON web tokens, private keys, user and password in a URL.
const shapes = [
  /\bx(?:ox[a-z]|app|wfp)-[A-Za-z0-9-]{4,}/,
  /\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\./,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^/\s@]+@/i,
]

/** Whether a text is a secret by its shape, wherever it stands. */
export const looksSecret = (text: string): boolean => shapes.some((shape) => shape.test(text))

const telling = /token|passw|secret|credential|apikey|accesskey|privatekey|sshkey|signingkey/

/** Whether a name promises a secret: `token`, `client-secret`, `apiKey`, `ssh_key` and the like. */
export const isNamedLikeSecret = (name: string): boolean => {
  const parts = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_.\s]+/)
  return telling.test(parts.join('')) || parts.some((part) => /^(?:keys?|pat|pwd|auth)$/.test(part))
}
