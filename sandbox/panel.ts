import type { BotProcess } from './bot-process.ts'
import { btpSwitches } from './btp/switches.ts'
import type { Panel } from './slack/page-api.ts'
import type { HelmFault, World } from './world.ts'

interface Parts {
  readonly world: World
  readonly bot: BotProcess
}

interface Switch {
  readonly id: string
  readonly label: string
  readonly help: string
  readonly isOn: (world: World) => boolean
  readonly set: (world: World, on: boolean) => void
}

const worldSwitches: readonly Switch[] = [
  {
    id: 'argo',
    label: 'argo-server cannot be reached',
    help: 'Submissions wait; the card says why.',
    isOn: ({ argo }) => argo.faults.isRefusing,
    set: ({ argo }, on) => {
      argo.faults.isRefusing = on
    },
  },
  {
    id: 'rights',
    label: 'The bot may not create workflows',
    help: 'A request cannot be approved until this is off and Check again was pressed.',
    isOn: ({ argo }) => argo.faults.forbidden.has('create'),
    set: ({ argo }, on) => {
      argo.faults.forbidden[on ? 'add' : 'delete']('create')
    },
  },
  {
    id: 'quota',
    label: 'The quota of workflows is used up',
    help: 'The same, for another reason.',
    isOn: ({ argo }) => argo.faults.isQuotaUsedUp,
    set: ({ argo }, on) => {
      argo.faults.isQuotaUsedUp = on
    },
  },
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

const btpWorldSwitches: readonly Switch[] = [
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

// An operator that is there is never installed again.
const installing =
  'The third step then fails; once the operator is on the cluster, with the profile service-broker-proxy.'

/** What helm does wrong; one at a time. */
const helmFaults = [
  ['not-ready', 'The chart does not become ready', installing],
  ['hang', 'helm waits for ever', 'Kill the step then: it leaves a release that is pending.'],
  ['chart-missing', 'The chart cannot be fetched', installing],
  ['no-api', 'The cluster lacks what the chart needs', installing],
  ['foreign-object', 'Something of the chart is there already', installing],
  ['hook-fails', "The chart's own clean-up fails", 'The clean-up stops at a release.'],
  ['too-slow', 'A release does not go in time', 'The clean-up stops at a release.'],
] as const satisfies readonly (readonly [HelmFault, string, string])[]

const helmSwitches = (): readonly Switch[] => {
  let now: HelmFault
  return helmFaults.map(([id, label, help]) => ({
    id,
    label,
    help,
    isOn: () => now === id,
    set: (world, on) => {
      now = on ? id : undefined
      world.setHelmFault(now)
    },
  }))
}

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
      world.argo.faults.dropStreams()
      return 'The streams are cut.'
    },
  },
]

/** The fault panel of the page. */
export const createPanel = (parts: () => Parts): Panel => {
  const switches: readonly Switch[] = [
    ...helmSwitches(),
    ...worldSwitches,
    ...btpWorldSwitches,
    ...btpSwitches.map(({ isOn, set, ...rest }) => ({
      ...rest,
      isOn: ({ btp }: World) => isOn(btp.faults),
      set: ({ btp }: World, on: boolean) => {
        set(btp.faults, on)
      },
    })),
  ]
  return {
    read: () => ({
      switches: switches.map(({ id, label, help, isOn }) => ({ id, label, help, on: isOn(parts().world) })),
      actions: actions.map(({ id, label, help }) => ({ id, label, help })),
    }),
    switch: (id, on) => {
      switches.find((one) => one.id === id)?.set(parts().world, on)
    },
    run: async (id) => (await actions.find((one) => one.id === id)?.run(parts())) ?? '',
  }
}
