import { listed, type Switch, type SwitchGroup } from '../switch.ts'
import type { KubernetesFaults } from './faults.ts'
import { adminRules } from './identities.ts'
import type { KubernetesSandbox } from './server.ts'

type ClusterSwitch = Switch<KubernetesSandbox>
type FaultyAnswer = KubernetesFaults['answers'][number]

/** Requests that begin so are answered otherwise, while some of these answers are left. */
const answered = (
  id: string,
  answer: Omit<FaultyAnswer, 'message'>,
  label: string,
  help: string,
): ClusterSwitch => {
  const isSame = (one: FaultyAnswer): boolean =>
    one.request === answer.request && one.status === answer.status && one.times > 0
  return {
    id,
    label,
    help,
    isOn: ({ faults }) => faults.answers.some(isSame),
    set: ({ faults }, on) => {
      const others = faults.answers.filter((one) => !isSame(one))
      const message = 'the sandbox was told to answer so'
      faults.answers.splice(0, Infinity, ...others, ...(on ? [{ ...answer, message }] : []))
    },
  }
}

const lost = (method: 'POST' | 'PATCH' | 'PUT' | 'DELETE'): ClusterSwitch => ({
  id: `kubernetes-lost-${method}`,
  label: `${method}: the connection drops`,
  help: 'The step looks first, and does not do it twice.',
  isOn: ({ faults }) => faults.lostAnswers.includes(`${method} `),
  set: ({ faults }, on) => {
    listed(faults.lostAnswers, `${method} `, on)
  },
})

// Of the steps' own identity: helm keeps its releases in Secrets.
const looking = (isAllowed: boolean): typeof adminRules =>
  isAllowed
    ? adminRules
    : [{ verbs: ['create', 'update', 'patch', 'delete'], groups: ['*'], resources: ['*'] }]

const stuckNamespace = 'checkout'
const triesAgain = 'Steps try again, and go on.'

/** The faults of the Kubernetes API that the page offers. */
export const kubernetesSwitches: readonly SwitchGroup<KubernetesSandbox>[] = [
  {
    title: 'Kubernetes API',
    switches: [
      {
        id: 'kubernetes-hangs',
        label: 'The Kubernetes API answers nothing',
        help: 'For the bot and for the steps: they give up in time, and say so.',
        isOn: ({ faults }) => faults.isHanging,
        set: ({ faults }, on) => {
          faults.isHanging = on
        },
      },
      answered(
        'kubernetes-503',
        { request: '', status: 503, times: 3 },
        'The next three requests are answered by 503',
        triesAgain,
      ),
      answered(
        'kubernetes-500',
        { request: '', status: 500, times: 3 },
        'The next three requests are answered by 500',
        triesAgain,
      ),
      answered(
        'kubernetes-429',
        { request: '', status: 429, retryAfterS: 1, times: 3 },
        'The next three requests are limited (429)',
        'Steps wait as long as the answer says.',
      ),
      {
        id: 'helm-may-not-look',
        label: 'The steps and their helm may not look at anything',
        help: 'They say what they may not do, and never that nothing is there.',
        isOn: ({ rules, identity }) =>
          rules.get(identity('admin'))?.every(({ verbs }) => !verbs.includes('*')) === true,
        set: ({ rules, identity }, on) => {
          rules.set(identity('admin'), [...looking(!on)])
        },
      },
      {
        id: 'kubernetes-no-argo',
        label: 'Argo Workflows is not installed: workflows are not known',
        help: 'doctor says so.',
        isOn: ({ faults }) => faults.missingResources.has('workflows'),
        set: ({ faults }, on) => {
          faults.missingResources[on ? 'add' : 'delete']('workflows')
        },
      },
      {
        id: 'kubernetes-stuck',
        label: `The namespace ${stuckNamespace} stays Terminating`,
        help: 'Its clean-up waits, and says what keeps it.',
        isOn: ({ stuckNamespaces }) => stuckNamespaces.has(stuckNamespace),
        set: ({ stuckNamespaces }, on) => {
          stuckNamespaces[on ? 'add' : 'delete'](stuckNamespace)
        },
      },
    ],
  },
  {
    title: 'Kubernetes API: done, and not said',
    switches: (['POST', 'PATCH', 'PUT', 'DELETE'] as const).map(lost),
  },
]
