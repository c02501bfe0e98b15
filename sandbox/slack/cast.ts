/** Who and what there is in the sandbox's workspace. */
export interface User {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly flags?: { readonly deleted?: boolean; readonly is_restricted?: boolean; readonly is_bot?: boolean }
}

export const teamId = 'T0ACME'
/** Slack's own voice. */
export const slackbot = { userId: 'USLACKBOT', name: 'Slackbot' } as const
export const bot = { userId: 'U0BOT', botId: 'B0BOT', appId: 'A0BOT', name: 'onboard' } as const
export const tokens = { bot: 'xoxb-sandbox-bot', app: 'xapp-sandbox-app' } as const

export const users: readonly User[] = [
  { id: 'U0ADA', name: 'Ada', title: 'requester' },
  { id: 'U0BEN', name: 'Ben', title: 'approver' },
  { id: 'U0CLEO', name: 'Cleo', title: 'approver' },
  { id: 'U0OTTO', name: 'Otto', title: 'outsider' },
  { id: 'U0INES', name: 'Ines', title: 'admin' },
  { id: 'U0DORA', name: 'Dora', title: 'has left', flags: { deleted: true } },
  { id: 'U0GUY', name: 'Guy', title: 'guest', flags: { is_restricted: true } },
  { id: bot.userId, name: bot.name, title: 'app', flags: { is_bot: true } },
]

export const groups: readonly {
  readonly id: string
  readonly handle: string
  readonly users: readonly string[]
}[] = [{ id: 'S0PLATFORM', handle: 'platform-approvers', users: ['U0BEN', 'U0CLEO'] }]

const everybody = ['U0ADA', 'U0BEN', 'U0CLEO', 'U0OTTO', 'U0INES', 'U0GUY']

export const channels: readonly {
  readonly id: string
  readonly name: string
  readonly isPrivate?: boolean
  readonly members: readonly string[]
}[] = [
  { id: 'C0ONBOARD', name: 'onboarding', members: [...everybody, bot.userId] },
  {
    id: 'C0PLATFORM',
    name: 'platform-team',
    isPrivate: true,
    members: ['U0BEN', 'U0CLEO', 'U0INES', bot.userId],
  },
  { id: 'C0RANDOM', name: 'random', members: everybody },
]

/** What the app was installed with: the slash commands, and the scopes. */
export const commands: readonly string[] = ['/onboard', '/onboard-cleanup']
export const scopes = [
  'commands',
  'chat:write',
  'users:read',
  'usergroups:read',
  'channels:read',
  'channels:history',
  'groups:read',
  'groups:history',
  'im:history',
  'im:write',
] as const
