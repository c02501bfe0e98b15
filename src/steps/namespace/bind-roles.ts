import { z } from 'zod'

import { ownerEnvironment, readEnvironment } from '../environment.ts'
import { StepError } from '../step-error.ts'
import type { Step } from '../step.ts'
import { ClusterObjects } from './cluster-objects.ts'
import { renderRoleBinding, roleBindingName, roles, type Subject } from './manifests.ts'
import { applyOwn, ownNamespace, removeOwn } from './own-namespace.ts'

const environmentSchema = ownerEnvironment.extend({
  EDITORS: z.string().max(3_000).default(''),
  VIEWERS: z.string().max(3_000).default(''),
})

/** `team-a, user:ada@example.com`: groups, and people after `user:`. Throws StepError. */
const readSubjects = (text: string): readonly Subject[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word): Subject => {
      const [, kind = 'group', name = ''] = /^(?:(user|group):)?(.*)$/.exec(word) ?? []
      // Such as system:authenticated, which is everybody, and system:masters, who may do everything.
      if (name.startsWith('system:')) {
        throw new StepError(
          'refused',
          `"${name}" is a group of Kubernetes itself and gets no role here. Clean up, then ask again with a group of your own.`,
        )
      }
      if (!/^[^\s:][^\s]*$/.test(name)) {
        throw new StepError(
          'bad-input',
          `"${word}" is no name of a group. Clean up, then ask again with another.`,
        )
      }
      return { kind: kind === 'user' ? 'User' : 'Group', name }
    })

/** Gives people their roles in the namespace, and takes away a role that nobody has any more. */
export const bindRoles: Step = async (context) => {
  const environment = readEnvironment(environmentSchema, context)
  const { NAMESPACE, EDITORS, VIEWERS } = environment
  const wanted = { edit: readSubjects(EDITORS), view: readSubjects(VIEWERS) }
  const objects = await ClusterObjects.open(context)
  await ownNamespace(objects, environment)
  for (const role of roles) {
    const subjects = wanted[role]
    if (subjects.length === 0) await removeOwn(objects, roleBindingName(NAMESPACE, role), environment)
    else await applyOwn(objects, renderRoleBinding(NAMESPACE, role, subjects), environment)
  }
  const given = roles
    .filter((role) => wanted[role].length > 0)
    .map((role) => `${role}: ${wanted[role].map(({ name }) => name).join(', ')}`)
  context.output('access', given.length === 0 ? 'nobody was given a role' : given.join('; '))
  context.log('bound', { roles: given.length })
}
