import { listed, type Switch, type SwitchGroup } from '../switch.ts'
import type { BtpFaults, PlannedAnswer, RateLimitForm } from './faults.ts'

type BtpSwitch = Switch<BtpFaults>

/** More than anybody waits for. */
export const always = 1_000_000

const isSame = (one: PlannedAnswer, other: PlannedAnswer): boolean =>
  one.on === other.on &&
  one.status === other.status &&
  one.body === other.body &&
  one.isCarriedOut === other.isCarriedOut

/** Calls that are answered otherwise, while some of these answers are left. */
const planned = (id: string, answer: PlannedAnswer, label: string, help: string): BtpSwitch => ({
  id,
  label,
  help,
  isOn: (faults) => faults.planned.some((one) => isSame(one, answer)),
  set: (faults, on) => {
    const others = faults.planned.filter((one) => !isSame(one, answer))
    faults.planned.splice(0, Infinity, ...others, ...(on ? [{ ...answer }] : []))
  },
})

const limited = (form: RateLimitForm, how: string): BtpSwitch => ({
  id: `btp-limited-${form}`,
  label: `The next two calls are limited (429): ${how}`,
  help: 'Steps wait as long as the answer says.',
  isOn: ({ rateLimited, rateLimitForm }) => rateLimited > 0 && rateLimitForm === form,
  set: (faults, on) => {
    Object.assign(faults, { rateLimited: on ? 2 : 0, rateLimitForm: on ? form : 'seconds' })
  },
})

const looksAgain = 'The step looks for it, and makes no second one.'

/** Calls that change something, of which the next one is carried out: how each begins, what it is, and what a step does when it does not know its answer. */
const changes = [
  ['creation', 'POST /accounts/v1/subaccounts', 'Creation of a subaccount', looksAgain],
  ['access', '/serviceManagementBinding', 'Access to a Service Manager', 'The step reads it again.'],
  ['instance', 'POST /v1/service_instances', "Creation of the operator's access", looksAgain],
  ['binding', 'POST /v1/service_bindings', "Creation of the operator's credentials", looksAgain],
  [
    'platform',
    'POST /v1/platforms',
    'Registration of a platform',
    'Only for the profile service-broker-proxy: its password is lost, and the step has a new one made.',
  ],
  ['deletion', 'DELETE ', 'Any deletion', 'The step asks for it again.'],
] as const

const lostOf = ([name, on, what, help]: (typeof changes)[number]): readonly BtpSwitch[] => [
  {
    id: `btp-lost-${name}`,
    label: `${what}: the connection drops`,
    help,
    isOn: ({ lostAnswers }) => lostAnswers.includes(on),
    set: ({ lostAnswers }, isOn) => {
      listed(lostAnswers, on, isOn)
    },
  },
  planned(`btp-500-${name}`, { on, isCarriedOut: true, status: 500 }, `${what}: 500`, help),
]

const triesAgain = 'Steps try again, and go on.'
const page = '<html><h1>502 Bad Gateway</h1></html>'
const accounts = '/accounts/'
const json = { 'content-type': 'application/json' }

const otherwise: readonly BtpSwitch[] = [
  ...([408, 500, 503, 504] as const).map((status) =>
    planned(
      `btp-${status}`,
      { on: '', status, times: 3 },
      `The next three calls are answered by ${status}`,
      triesAgain,
    ),
  ),
  planned(
    'btp-502',
    { on: '', status: 502, body: page, times: 3 },
    'The next three calls are answered by the page of a gateway (502)',
    triesAgain,
  ),
  planned(
    'btp-dropped',
    { on: '', status: 0, times: 3 },
    'The next three calls get no answer, and nothing is done',
    triesAgain,
  ),
  planned(
    'btp-malformed',
    { on: '', status: 200, body: '{"value": [', headers: json, times: 3 },
    'The next three answers are JSON that is cut',
    triesAgain,
  ),
  planned(
    'btp-401',
    { on: accounts, status: 401, times: always },
    'The accounts service answers 401, and nothing more',
    'The first step fails, and says so.',
  ),
  planned(
    'btp-401-once',
    { on: `GET ${accounts}`, status: 401 },
    'The accounts service answers the next look by 401',
    'The step fetches a new token, and goes on.',
  ),
  planned(
    'btp-403',
    { on: accounts, status: 403, times: always },
    'The accounts service answers 403, and nothing more',
    'The first step fails, and says so.',
  ),
]

/** What goes wrong with calls of SAP BTP, whatever they are about. */
export const callSwitches: readonly SwitchGroup<BtpFaults>[] = [
  { title: 'SAP BTP: failing answers', switches: otherwise },
  {
    title: 'SAP BTP: limits',
    switches: [
      limited('seconds', 'Retry-After in seconds'),
      limited('http-date', 'Retry-After as a date of HTTP'),
      limited('sap-date', 'Retry-After as a date of SAP'),
      limited('reset', 'X-Ratelimit-Reset'),
      limited('none', 'nothing says for how long'),
      planned(
        'btp-limited-hour',
        { on: accounts, status: 429, headers: { 'retry-after': '3600' } },
        'The accounts service asks to come again in an hour',
        'The step fails at once, and says so.',
      ),
    ],
  },
  { title: 'SAP BTP: done, and not said', switches: changes.flatMap(lostOf) },
]
