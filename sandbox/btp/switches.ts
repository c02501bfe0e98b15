import type { Switch, SwitchGroup } from '../switch.ts'
import { always, callSwitches } from './call-switches.ts'
import type { BtpFaults } from './faults.ts'

type BtpSwitch = Switch<BtpFaults>
type Flag = { [Name in keyof BtpFaults]: BtpFaults[Name] extends boolean ? Name : never }[keyof BtpFaults]
type Count = { [Name in keyof BtpFaults]: BtpFaults[Name] extends number ? Name : never }[keyof BtpFaults]

const flag = (name: Flag, label: string, help: string): BtpSwitch => ({
  id: `btp-${name}`,
  label,
  help,
  isOn: (faults) => faults[name],
  set: (faults, on) => {
    faults[name] = on
  },
})

/** Counts what is still to go wrong: on while something is left of it. */
const count = (name: Count, times: number, label: string, help: string): BtpSwitch => ({
  id: `btp-${name}`,
  label,
  help,
  isOn: (faults) => faults[name] > 0,
  set: (faults, on) => {
    faults[name] = on ? times : 0
  },
})

const takenSubdomain = 'shop-prod'

const access: readonly BtpSwitch[] = [
  flag('isDown', 'SAP BTP is down', 'Steps that need it fail after some tries.'),
  count('slowMs', 2_000, 'Every answer takes two seconds', 'Steps are slow, and go on.'),
  flag('redirects', 'The accounts service leads to a login page', 'Its address is wrong; the step says so.'),
  flag('isUnauthorised', 'The credentials are refused', 'The first step fails, and says so.'),
  flag('isReadOnly', 'The credentials may only read', 'The creation is refused (403).'),
  {
    id: 'btp-tokens',
    label: 'Tokens are good for a second',
    help: 'Steps fetch new ones.',
    isOn: ({ tokenSeconds }) => tokenSeconds === 1,
    set: (faults, on) => {
      faults.tokenSeconds = on ? 1 : 43_199
    },
  },
  count('coldTokenCalls', 3, 'A new token address is not known yet', 'Three calls are answered by 404.'),
]

const subaccounts: readonly BtpSwitch[] = [
  {
    id: 'btp-taken',
    label: `Another customer has the subdomain ${takenSubdomain}`,
    help: 'The creation is refused (20007).',
    isOn: ({ takenSubdomains }) => takenSubdomains.has(takenSubdomain),
    set: ({ takenSubdomains }, on) => {
      if (on) takenSubdomains.add(takenSubdomain)
      else takenSubdomains.delete(takenSubdomain)
    },
  },
  flag('isQuotaUsedUp', 'The quota of subaccounts is used up', 'The creation is refused.'),
  count('stuckLooks', 20, 'Creations take longer', 'The subaccount stays CREATING for twenty looks.'),
  flag('failsCreation', 'Creations fail', 'The subaccount ends as CREATION_FAILED, and is there.'),
  count('laggingLists', 3, 'Lists lag behind creations', 'New subaccounts are missing in three lists.'),
  {
    id: 'btp-state',
    label: 'Subaccounts are in a state that nobody knows',
    help: 'The step waits, and gives up in the end.',
    isOn: ({ shownState }) => shownState !== undefined,
    set: (faults, on) => {
      faults.shownState = on ? 'POLISHING' : undefined
    },
  },
  flag(
    'forgetsDeletion',
    'Deletions are accepted and not carried out',
    'The clean-up does not say that nothing is left.',
  ),
  flag('forbidsForce', 'Deletion by force is not enabled', 'The clean-up says so where it was asked for.'),
]

const manager: readonly BtpSwitch[] = [
  count('hiddenPlanCalls', 3, "The operator's plan is not visible yet", 'Three calls are refused.'),
  flag('failsOperations', 'Operations of the Service Manager fail', 'The second step fails, and says why.'),
  flag('failsPlatforms', 'Platforms cannot be registered', 'Only for the profile service-broker-proxy.'),
  count('connectedDeletions', always, 'Proxies stay connected', 'Their platforms cannot be deleted (422).'),
]

/** The faults of SAP BTP that the page offers. */
export const btpSwitches: readonly SwitchGroup<BtpFaults>[] = [
  { title: 'SAP BTP: access', switches: access },
  { title: 'SAP BTP: subaccounts', switches: subaccounts },
  { title: 'SAP BTP: Service Manager', switches: manager },
  ...callSwitches,
]
