import { hideNamedSecrets } from './named-secrets.ts'

// Shapes that only secrets have. None of them looks at a character more than a few times, however long the text is.
const secretShapes = [
  // Slack: tokens, and addresses that let anybody post.
  /\bx(?:ox[a-z]|app|wfp)-(?:[\w-]|%[0-9A-F]{2})+/gi,
  /(?<=\bhooks\.slack(?:-gov)?\.com\/)\w+\/[\w/%.-]+/g,
  // JSON web tokens, and tokens of GitHub, GitLab and Vault.
  /(?<![\w-])ey[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(?:gh[a-z]_|github_pat_|glpat-|hvs\.)[\w-]{20,}/g,
  // User and password of an address.
  /(?<=\w:\/\/)[^\s/?#"'<>\\:@]*:[^\s/?#"'<>\\]+(?=@)/g,
  // Headers; what follows "Basic" in a sentence is a word.
  /\bBearer(?:\s+|%20)(?!(?:auth[a-z]*|credentials?|headers?|realm|schemes?|tokens?)(?![\w+/=~-]|\.\w))[\w+/=.~-]{6,}/gi,
  /\b(?:[Bb]asic|BASIC)(?:\s+|%20)(?=[A-Za-z\d][a-z]*[\dA-Z+/=_~])[\w+/=.~-]{6,}/g,
  // Elements of XML.
  /(?<=<[\w:.-]{0,60}(?:password|passphrase|secret|token|api[_-]?key)>)[^<]+(?=<\/)/gi,
  // Private keys over as many lines as they have, as text or in base64.
  /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?:[^"'\\]|\\+[nrt])*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|(?=["']|\\+(?![\\nrt])|$))/g,
  /\bLS0tLS1CRUdJTi(?!BDRVJUSUZJQ0FURS)[\w+/=]{8,}/g,
]

/** Replaces everything in a text that looks like a secret. */
export const redact = (text: string): string =>
  hideNamedSecrets(secretShapes.reduce((cleaned, shape) => cleaned.replace(shape, '[secret]'), text))
