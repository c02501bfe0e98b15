import type { Kind } from './kinds.ts'
import { invalid } from './status.ts'

interface Rule {
  readonly shape: RegExp
  readonly longest: number
  readonly says: string
}

// The sentences of kube-apiserver 1.36.
const label: Rule = {
  shape: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  longest: 63,
  says: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
}
const subdomain: Rule = {
  shape: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  longest: 253,
  says: String.raw`a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
}

const ruleOf = ({ kind }: Kind): Rule | undefined => {
  if (kind === 'Namespace') return label
  // Names of RBAC may be anything that can stand in a path.
  return kind === 'RoleBinding' ? undefined : subdomain
}

const reasonOf = ({ shape, longest, says }: Rule, name: string): string | undefined => {
  if (shape === label.shape && name.includes('.')) return 'must not contain dots'
  if (!shape.test(name)) return says
  return name.length > longest ? `must be no more than ${longest} characters` : undefined
}

/** Refuses a new object whose name Kubernetes would not take. */
export const refuseName = (kind: Kind, name: string): void => {
  const rule = ruleOf(kind)
  const reason = rule && reasonOf(rule, name)
  if (reason === undefined) return
  const [group] = kind.apiVersion.includes('/') ? kind.apiVersion.split('/') : []
  throw invalid(group === undefined ? kind.kind : `${kind.kind}.${group}`, name, {
    reason: 'FieldValueInvalid',
    message: `Invalid value: "${name}": ${reason}`,
    field: 'metadata.name',
  })
}
