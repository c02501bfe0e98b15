import { setGlobalProxyFromEnv } from 'node:http'

import type { Dispatcher } from 'undici'

import { createEnvironmentProxyAgent } from './proxy-agents.ts'

/** The variables that name proxies, under their names. */
interface Proxies {
  readonly proxies: Readonly<Record<string, string>>
}

/**
 * Sends Node's own fetch and agents, which Slack's client and the sign-in of a kubeconfig use, through the proxies that
 * the environment names. Every other connection of the bot looks for them itself.
 */
export const useProxies = ({ proxies }: Proxies): void => {
  if (Object.keys(proxies).length > 0) setGlobalProxyFromEnv({ ...proxies })
}

/** What Slack's sockets connect by; undefined where no proxy is named, since they then do better by themselves. */
export const socketDispatcher = ({ proxies }: Proxies): Dispatcher | undefined =>
  Object.keys(proxies).length === 0 ? undefined : createEnvironmentProxyAgent({ allowH2: false })
