import appModule from '@slack/bolt/dist/App.js'
import receiverModule from '@slack/bolt/dist/receivers/SocketModeReceiver.js'

// Bolt's index loads its HTTP servers too, Express among them: 25 ms and 4 MiB for what Socket Mode never uses
// (@slack/bolt 5.1.0).
export const { default: App } = appModule
export type App = InstanceType<typeof App>
export const { default: SocketModeReceiver } = receiverModule
export type SocketModeReceiver = InstanceType<typeof SocketModeReceiver>
