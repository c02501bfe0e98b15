import type { BotProcess } from './bot-process.ts'
import { btpSwitches } from './btp/switches.ts'
import { helmSwitches } from './helm/switches.ts'
import { kubernetesSwitches } from './kubernetes/switches.ts'
import type { Panel } from './slack/page-api.ts'
import { inside, insideEach, type Switch, type SwitchGroup } from './switch.ts'
import type { World } from './world.ts'

interface Parts {
  readonly world: World
  readonly bot: BotProcess
}

type ArgoFaults = World['argo']['faults']

/** Of both clusters. */
const argoFaults = ({ argo, dev }: World): readonly [ArgoFaults, ArgoFaults] => [argo.faults, dev.argo.faults]

const argoSwitches: readonly Switch<ArgoFaults>[] = [
  {
    id: 'argo',
    label: 'argo-server cannot be reached',
    help: 'Submissions wait; the card says why.',
    isOn: (faults) => faults.isRefusing,
    set: (faults, on) => {
      faults.isRefusing = on
    },
  },
  {
    id: 'rights',
    label: 'The bot may not create workflows',
    help: 'A request cannot be approved until this is off and Check again was pressed.',
    isOn: (faults) => faults.forbidden.has('create'),
    set: (faults, on) => {
      faults.forbidden[on ? 'add' : 'delete']('create')
    },
  },
  {
    id: 'quota',
    label: 'The quota of workflows is used up',
    help: 'The same, for another reason.',
    isOn: (faults) => faults.isQuotaUsedUp,
    set: (faults, on) => {
      faults.isQuotaUsedUp = on
    },
  },
]

const slackSwitches: readonly Switch<World>[] = [
  {
    id: 'slack',
    label: 'Slack limits calls as it really does',
    help: 'Updates are then fewer, and never lost.',
    isOn: ({ slack }) => slack.faults.isLimited,
    set: ({ slack }, on) => {
      slack.faults.isLimited = on
    },
  },
]

const orders = 'orders-db'

const teamSwitches: readonly Switch<World>[] = [
  {
    id: 'instance',
    label: `A product team uses a service instance, ${orders}`,
    help: 'In every subaccount that there is: a clean-up stops, and names it.',
    isOn: ({ btp }) => btp.instances.all().some(({ name }) => name === orders),
    set: ({ btp }, on) => {
      for (const { id, name } of btp.instances.all()) if (name === orders) btp.instances.remove(id)
      if (on) for (const { guid } of btp.accounts.all()) btp.instances.add(guid, orders)
    },
  },
]

const actions: readonly {
  readonly id: string
  readonly label: string
  readonly help: string
  readonly run: (parts: Parts) => Promise<string>
}[] = [
  {
    id: 'kill',
    label: 'Kill the bot',
    help: 'kill -9, and started again: it goes on.',
    run: async ({ bot }) => {
      await bot.end('SIGKILL')
      await bot.start()
      return 'The bot was killed and started again.'
    },
  },
  {
    id: 'steps',
    label: 'Kill the step that runs',
    help: 'kill -9, as if its node were lost.',
    run: async ({ world }) => {
      world.killSteps()
      return 'The step was killed.'
    },
  },
  {
    id: 'streams',
    label: 'Cut the event streams',
    help: 'The bot connects again by itself.',
    run: async ({ world }) => {
      for (const faults of argoFaults(world)) faults.dropStreams()
      return 'The streams are cut.'
    },
  },
  {
    id: 'tokens',
    label: 'Revoke the tokens of SAP BTP',
    help: 'Steps that run fetch new ones.',
    run: async ({ world }) => {
      world.btp.tokens.revokeAll()
      return 'No token that was given is good any more.'
    },
  },
]

/** The fault panel of the page. */
export const createPanel = (parts: () => Parts): Panel => {
  const groups: readonly SwitchGroup<World>[] = [
    { title: 'Slack', switches: slackSwitches },
    ...insideEach([{ title: 'Argo Workflows', switches: argoSwitches }], argoFaults),
    ...helmSwitches(({ setHelmFault }: World, fault) => {
      setHelmFault(fault)
    }),
    ...insideEach(kubernetesSwitches, ({ kubernetes, dev }: World) => [kubernetes, dev.kubernetes]),
    { title: 'Product teams', switches: teamSwitches },
    ...inside(btpSwitches, ({ btp }: World) => btp.faults),
  ]
  return {
    read: () => ({
      groups: groups.map(({ title, switches }) => ({
        title,
        switches: switches.map(({ id, label, help, isOn }) => ({ id, label, help, on: isOn(parts().world) })),
      })),
      actions: actions.map(({ id, label, help }) => ({ id, label, help })),
    }),
    switch: (id, on) => {
      const all = groups.flatMap(({ switches }) => switches)
      all.find((one) => one.id === id)?.set(parts().world, on)
    },
    run: async (id) => (await actions.find((one) => one.id === id)?.run(parts())) ?? '',
  }
}
