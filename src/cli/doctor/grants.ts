import type { Right } from '../../kubernetes/rights.ts'

/** As `kubectl create role --resource` takes it: `workflows.argoproj.io`, `pods/log`. */
const resourceText = ({ group, resource }: Right): string => {
  const [kind = '', subresource] = resource.split('/')
  return [group === '' ? kind : `${kind}.${group}`, ...(subresource === undefined ? [] : [subresource])].join(
    '/',
  )
}

const serviceAccount = /^system:serviceaccount:([^:]+):([^:]+)$/

const subjectText = (user: string): string => {
  const [, namespace, name] = serviceAccount.exec(user) ?? []
  return name === undefined ? `--user=${user}` : `--serviceaccount=${namespace}:${name}`
}

/** Commands that give a right in a namespace to a user of Kubernetes. */
export const grant = (namespace: string, user: string, right: Right): string => {
  const who = serviceAccount.exec(user)?.[2] ?? 'onboard-bot'
  const role = `${who}-${right.resource.replace('/', '-')}`
  const named = right.name === undefined ? '' : ` --resource-name=${right.name}`
  return [
    `kubectl -n ${namespace} create role ${role} --verb=${right.verbs.join(',')} --resource=${resourceText(right)}${named}`,
    `kubectl -n ${namespace} create rolebinding ${role} --role=${role} ${subjectText(user)}`,
  ].join('\n')
}
