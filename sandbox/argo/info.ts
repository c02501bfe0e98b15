import { isObject, textAt } from '../kubernetes/json.ts'

function readClaims(header: string): Record<string, unknown> {
  const payload = header.split('.')[1] ?? ''
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return isObject(claims) ? claims : {}
  } catch {
    // A token that is no JWT tells nothing about its user, and is no error here.
    return {}
  }
}

function userInfo(header: string): object {
  const claims = readClaims(header)
  const subject = textAt(claims, 'sub')
  if (subject === undefined) return {}
  const [, , serviceAccountNamespace, serviceAccountName] = subject.split(':')
  return { issuer: textAt(claims, 'iss'), subject, serviceAccountName, serviceAccountNamespace }
}

/** Answers `/info`, `/version` and `/userinfo`, none of which looks at whether the token is good. */
export function readInfo(kind: string, header: string, managedNamespace: string): object {
  if (kind === 'userinfo') return userInfo(header)
  if (kind === 'info') {
    return { managedNamespace, modals: { feedback: true, firstTimeUser: true, newVersion: true } }
  }
  return {
    version: 'v4.1.2',
    buildDate: '2026-08-21T12:00:00Z',
    gitCommit: 'sandbox',
    gitTag: 'v4.1.2',
    gitTreeState: 'clean',
    goVersion: 'go1.26.8',
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}
