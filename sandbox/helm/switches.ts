import type { Switch, SwitchGroup } from '../switch.ts'
import type { Settings } from './dialect.ts'

/** What the sandbox's helm does wrong: nothing, or one of these. */
export type HelmFault = Settings['install'] | Settings['uninstall']

// An operator that is there is never installed again.
const installing =
  'The third step then fails; once the operator is on the cluster, with the profile service-broker-proxy.'

/** One at a time. */
const faults = [
  ['not-ready', 'The chart does not become ready', installing],
  ['chart-missing', 'The chart cannot be fetched', installing],
  ['hang', 'helm waits for ever', 'Kill the step then: it leaves a release that is pending.'],
  ['no-api', 'The cluster lacks what the chart needs', installing],
  ['foreign-object', 'Something of the chart is there already', installing],
  ['hook-fails', "The chart's own clean-up fails", 'The clean-up stops at a release.'],
  ['too-slow', 'A release does not go in time', 'The clean-up stops at a release.'],
] as const satisfies readonly (readonly [HelmFault, string, string])[]

/** The faults of helm that the page offers; `set` puts the one that is on into effect. */
export const helmSwitches = <On>(set: (on: On, fault: HelmFault) => void): readonly SwitchGroup<On>[] => {
  let now: HelmFault
  const switches = faults.map(([id, label, help]): Switch<On> => ({
    id,
    label,
    help,
    isOn: () => now === id,
    set: (on, isOn) => {
      now = isOn ? id : undefined
      set(on, now)
    },
  }))
  return [{ title: 'helm', switches }]
}
