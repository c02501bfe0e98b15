import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { BotProcess } from '../../sandbox/bot-process.ts'
import { closeServer, listen } from '../../sandbox/http.ts'
import { isObject } from '../../sandbox/kubernetes/json.ts'
import type { KubernetesSandbox } from '../../sandbox/kubernetes/server.ts'
import { createTlsServer } from '../../sandbox/tls-server.ts'
import { repositoryRoot, startWorld, type World } from '../../sandbox/world.ts'
import { lockFolder } from '../../src/store/lock.ts'
import { createCertificate } from '../clusters/certificate.ts'
import { readRecording } from '../contract/sandbox-world.ts'
import { clusterIn, diagnose, type Environment, type Line, reconfigure, runProcess } from './diagnose.ts'

let world: World
const closing: (() => unknown)[] = []
/** Resolves when somebody calls what hangs. */
let hanging: Promise<unknown> | undefined
beforeEach(async () => {
  hanging = undefined
  world = await startWorld()
  reconfigure(world, ({ clusters }) => {
    for (const { templates } of Object.values(clusters)) delete templates['namespace']
  })
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await world.close()
})

const apps = 'https://api.slack.com/apps'
const prod = 'cluster/prod-eu'

/** Nobody listens there: the port is of a server that has been closed. */
const closedPort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return isObject(address) && typeof address['port'] === 'number' ? address['port'] : 0
}

/** Takes connections and never says a word. */
const silentPort = async (): Promise<number> => {
  const server = createServer()
  hanging = new Promise((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
  })
  const address = server.address()
  return isObject(address) && typeof address['port'] === 'number' ? address['port'] : 0
}

/** Speaks TLS, with a certificate of its own; gives its address. */
const tlsServer = async (): Promise<string> => {
  const server = createTlsServer(await createCertificate('localhost'), (_request, response) => response.end())
  closing.push(() => closeServer(server))
  return (await listen(server, 0)).replace('http:', 'https:')
}

const kubeconfigFor = (change: (text: string) => string): string => {
  const path = join(world.folder, 'changed-kubeconfig')
  writeFileSync(path, change(world.kubernetes.kubeconfig('onboard-bot')))
  reconfigure(world, (configuration) => {
    clusterIn(configuration).kubernetes.kubeconfig = path
  })
  return path
}

const kubernetesAt = (port: number): string =>
  kubeconfigFor((text) => text.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`))

/** Takes verbs on a resource away from an identity. */
const revoke = (
  kubernetes: KubernetesSandbox,
  name: string,
  resource: string,
  ...verbs: readonly string[]
): void => {
  const identity = kubernetes.identity(name)
  const rules = kubernetes.rules.get(identity) ?? []
  kubernetes.rules.set(
    identity,
    rules.map((rule) =>
      rule.resources.includes(resource)
        ? { ...rule, verbs: rule.verbs.filter((verb) => !verbs.includes(verb)) }
        : rule,
    ),
  )
}

const argoAnswers = (path: string, body: object | string, status = 200): void => {
  world.argo.faults.planned.push({
    matches: (_method, asked) => asked.startsWith(path),
    status,
    times: 99,
    headers: { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const useServiceAccount = (name: string): void => {
  reconfigure(world, (configuration) => {
    const { argo } = clusterIn(configuration)
    delete argo.tokenFile
    argo.serviceAccount = name
  })
}

const onlyProd = (): void => {
  reconfigure(world, (configuration) => {
    delete configuration.clusters['dev-eu']
  })
}

/** A folder with the shipped template, changed. */
const changedTemplates = (change: (text: string) => string): string => {
  const folder = join(world.folder, 'templates')
  cpSync(join(repositoryRoot, 'templates/sap-btp'), join(folder, 'sap-btp'), { recursive: true })
  const path = join(folder, 'sap-btp/onboard.yaml')
  writeFileSync(path, change(readFileSync(path, 'utf8')))
  return folder
}

interface Row {
  readonly broken: string
  /** Breaks it; what it gives is another environment. */
  readonly breaks: () => Environment | void | Promise<Environment | void>
  readonly line: Line
  /** Ids of what else is not ok. */
  readonly also?: readonly string[]
  readonly isFine?: true
}

const tokenCure = `${apps} -> the app -> App-Level Tokens: make one with connections:write, and give it as SLACK_APP_TOKEN`
const scopesCure = (scope: string): string =>
  `${apps} -> the app -> OAuth & Permissions: add ${scope} (or paste manifest.yml under "App Manifest"), then install the app again`
const botCure = 'kubectl apply -n shared -f deploy/target-cluster/bot.yaml'
const stepsCure = 'kubectl apply -n shared -f deploy/target-cluster/steps.yaml'
const doctorCure = 'kubectl apply -n shared -f deploy/target-cluster/doctor.yaml'
const bot = 'system:serviceaccount:shared:onboard-bot'

const approveBy = (...people: readonly string[]): void => {
  reconfigure(world, ({ policy }) => {
    policy.approve = people
  })
}

const slackRows: readonly Row[] = [
  {
    broken: 'a missing scope',
    breaks: () => void world.slack.faults.missingScopes.add('im:write'),
    line: { id: 'slack/scopes', outcome: 'wrong', says: 'missing: im:write', cure: scopesCure('im:write') },
  },
  {
    broken: 'a missing scope that another check needs',
    breaks: () => void world.slack.faults.missingScopes.add('usergroups:read'),
    line: {
      id: 'slack/policy/S0PLATFORM',
      outcome: 'skipped',
      says: 'because the scope usergroups:read is missing',
    },
    also: ['slack/scopes'],
  },
  {
    broken: 'a wrong bot token',
    breaks: () => ({ SLACK_BOT_TOKEN: 'xoxb-of-another-app' }),
    line: {
      id: 'slack/bot-token',
      outcome: 'wrong',
      says: 'Slack does not take it: invalid_auth',
      cure: `${apps}: install the app, and give its xoxb token as SLACK_BOT_TOKEN`,
    },
    also: [
      'slack/scopes',
      'slack/channel/C0ONBOARD',
      ...['C0ONBOARD', 'S0PLATFORM', 'U0INES'].map((id) => `slack/policy/${id}`),
    ],
  },
  {
    broken: 'a wrong app token',
    breaks: () => ({ SLACK_APP_TOKEN: 'xapp-of-another-app' }),
    line: {
      id: 'slack/app-token',
      outcome: 'wrong',
      says: 'Slack does not take it: invalid_auth',
      cure: tokenCure,
    },
  },
  {
    broken: 'a wrong bot token in a file',
    breaks: () => {
      const path = join(world.folder, 'slack-token')
      writeFileSync(path, 'xoxb-of-another-app')
      return { SLACK_BOT_TOKEN: '', SLACK_BOT_TOKEN_FILE: path }
    },
    line: {
      id: 'slack/bot-token',
      outcome: 'wrong',
      says: 'Slack does not take it: invalid_auth',
      cure: `${apps}: install the app, and give its xoxb token in the file that SLACK_BOT_TOKEN_FILE names`,
    },
    also: [
      'slack/scopes',
      'slack/channel/C0ONBOARD',
      ...['C0ONBOARD', 'S0PLATFORM', 'U0INES'].map((id) => `slack/policy/${id}`),
    ],
  },
  {
    broken: 'an app token without its scope',
    breaks: () => void world.slack.faults.missingScopes.add('connections:write'),
    line: {
      id: 'slack/app-token',
      outcome: 'wrong',
      says: 'lacks the scope connections:write',
      cure: tokenCure,
    },
  },
  {
    broken: 'a channel that the bot is not in',
    breaks: () => {
      reconfigure(world, (configuration) => {
        configuration.channel = 'C0RANDOM'
      })
    },
    line: {
      id: 'slack/channel/C0RANDOM',
      outcome: 'wrong',
      says: 'the bot is not in #random',
      cure: '/invite @onboard   # in #random',
    },
  },
  {
    broken: 'a channel that is not there',
    breaks: () => {
      reconfigure(world, (configuration) => {
        configuration.channel = 'C0NOWHERE'
      })
    },
    line: {
      id: 'slack/channel/C0NOWHERE',
      outcome: 'wrong',
      says: 'there is no such channel, or it is private and the bot is not in it',
      cure: 'invite the bot in the channel (/invite), or correct "channel": the id stands at the end of its "About"',
    },
  },
  {
    broken: 'a user group that is not there',
    breaks: () => {
      reconfigure(world, ({ policy }) => {
        policy.approve = ['S0NOBODY']
      })
    },
    line: {
      id: 'slack/policy/S0NOBODY',
      outcome: 'wrong',
      says: 'there is no such user group',
      cure: `correct S0NOBODY in "policy": a user group's id stands at the end of its link`,
    },
  },
  {
    broken: 'an approver who is not in the workspace',
    breaks: () => {
      approveBy('U0NOBODY', 'U0BEN')
    },
    line: {
      id: 'slack/policy/U0NOBODY',
      outcome: 'wrong',
      says: 'there is no such person in the workspace',
      cure: `correct U0NOBODY in "policy": a person's id stands in their profile under "Copy member ID"`,
    },
  },
  ...[
    { id: 'U0DORA', is: 'is deactivated' },
    { id: 'U0GUY', is: 'is a guest' },
    { id: 'U0BOT', is: 'is a bot' },
  ].map(({ id, is }): Row => ({
    broken: `an approver who ${is}`,
    breaks: () => {
      approveBy(id, 'U0BEN')
    },
    line: {
      id: `slack/policy/${id}`,
      outcome: 'warning',
      says: `${is}, and may do nothing`,
      cure: `take ${id} out of "policy"`,
    },
    isFine: true,
  })),
  {
    broken: 'approvers of whom too few can approve',
    breaks: () => {
      onlyProd()
      approveBy('U0NOBODY', 'U0DORA', 'U0BEN')
      reconfigure(world, ({ policy }) => {
        policy.approvals = 2
      })
    },
    line: {
      id: 'slack/approvers/prod-eu/sap-btp',
      outcome: 'wrong',
      says: '1 of 3 can approve, and it takes 2: nothing can be approved',
      cure: 'name members of the workspace, or a user group, under "policy.approve"',
    },
    also: ['slack/policy/U0NOBODY', 'slack/policy/U0DORA'],
  },
  {
    broken: 'a missing scope to look at approvers',
    breaks: () => {
      onlyProd()
      approveBy('U0BEN')
      world.slack.faults.missingScopes.add('users:read')
    },
    line: {
      id: 'slack/approvers/prod-eu/sap-btp',
      outcome: 'skipped',
      says: 'because the scope users:read is missing',
    },
    also: ['slack/policy/U0BEN', 'slack/policy/U0INES', 'slack/scopes'],
  },
  {
    broken: 'a policy that lets nobody approve',
    breaks: () => {
      reconfigure(world, ({ policy }) => {
        policy.approve = []
      })
    },
    line: {
      id: 'configuration/policy/prod-eu/sap-btp',
      outcome: 'warning',
      says: 'nobody may approve or reject',
      cure: 'name people under "policy.approve"',
    },
    also: ['configuration/policy/dev-eu/sap-btp'],
    isFine: true,
  },
]

const dataRows: readonly Row[] = [
  {
    broken: 'a data folder that is not there yet',
    breaks: () => ({ DATA_DIR: '/tmp/onboard-bot-nowhere' }),
    line: {
      id: 'data/folder',
      outcome: 'warning',
      says: '/tmp/onboard-bot-nowhere is not there; the bot makes it when it starts',
      cure: 'mkdir -p /tmp/onboard-bot-nowhere',
    },
    isFine: true,
  },
  {
    broken: 'a data folder that cannot be made',
    breaks: () => ({ DATA_DIR: '/proc/onboard-bot' }),
    line: {
      id: 'data/saving',
      outcome: 'wrong',
      says: 'records cannot be saved: open fails with ENOENT',
      cure: 'findmnt -T /proc   # it takes a file system with hard links, rename and fsync',
    },
    also: ['data/folder', 'data/space'],
  },
  {
    broken: 'a data folder on a file system that takes no files',
    breaks: () => ({ DATA_DIR: '/proc' }),
    line: {
      id: 'data/saving',
      outcome: 'wrong',
      says: 'records cannot be saved: open fails with ENOENT',
      cure: 'findmnt -T /proc   # it takes a file system with hard links, rename and fsync',
    },
    also: ['data/space'],
  },
  {
    broken: 'a lock that is no database',
    breaks: () => {
      writeFileSync(join(world.environment['DATA_DIR'] ?? '', 'lock.db'), 'x'.repeat(4_096))
      return { DATA_DIR: world.environment['DATA_DIR'] }
    },
    line: {
      id: 'data/lock',
      outcome: 'wrong',
      says: 'lock.db cannot be read: ERR_SQLITE_ERROR',
      cure: 'rm DATA/lock.db   # while no bot runs; it holds nothing',
    },
  },
]

const onDev = ['secrets/dev-eu/sap-btp/cis']
const secretRows: readonly Row[] = [
  {
    broken: 'a token that shared-meta does not take',
    breaks: () => ({ SHARED_META_TOKEN: 'of-another-service' }),
    line: {
      id: 'secrets/prod-eu/sap-btp/cis',
      outcome: 'wrong',
      says: 'shared-meta does not take the token (HTTP 401): btp/cis',
      cure: 'Renew the token that the bot has for shared-meta.',
    },
    also: onDev,
  },
  {
    broken: 'a shared-meta that is down',
    breaks: () => {
      world.sharedMeta.faults.isDown = true
    },
    line: {
      id: 'secrets/prod-eu/sap-btp/cis',
      outcome: 'wrong',
      says: 'shared-meta answers HTTP 503 for btp/cis',
      cure: 'Wait, or look at shared-meta: it is asked again by itself.',
    },
    also: onDev,
  },
  {
    broken: 'a shared-meta that cannot be reached',
    breaks: async () => {
      onlyProd()
      const url = `http://127.0.0.1:${await closedPort()}`
      reconfigure(world, (configuration) => {
        configuration.credentials = { sharedMeta: { url } }
      })
    },
    line: {
      id: 'secrets/prod-eu/sap-btp/cis',
      outcome: 'wrong',
      says: 'cannot be reached: ECONNREFUSED',
      cure: 'Check the address, and whether the service runs: it is asked again by itself.',
    },
  },
  {
    broken: 'a secret that its source does not have',
    breaks: () => {
      onlyProd()
      return { TEMPLATES_DIR: changedTemplates((text) => text.replace('path: btp/cis', 'path: btp/other')) }
    },
    line: {
      id: 'secrets/prod-eu/sap-btp/cis',
      outcome: 'wrong',
      says: 'the secret "cis" of prod-eu/doctor/sap-btp is not there: shared-meta has nothing at btp/other',
      cure: 'Put it there: it is fetched again by itself.',
    },
  },
  {
    broken: 'a folder of secrets without the file',
    breaks: () => {
      onlyProd()
      const directory = join(world.folder, 'data')
      reconfigure(world, (configuration) => {
        configuration.credentials = { directory }
      })
    },
    line: {
      id: 'secrets/prod-eu/sap-btp/cis',
      outcome: 'wrong',
      says: 'the secret "cis" of prod-eu/doctor/sap-btp is not there: DATA has nothing at btp/cis',
      cure: 'Put it there: it is fetched again by itself.',
    },
  },
  {
    broken: 'an existing Secret that the bot may not get',
    breaks: () => {
      onlyProd()
      reconfigure(world, (configuration) => {
        configuration.credentials = { secret: { name: 'btp', namespace: 'billing' } }
      })
    },
    line: {
      id: 'secrets/prod-eu/sap-btp/cis',
      outcome: 'wrong',
      says: `Kubernetes: read the Secret billing/btp: secrets "btp" is forbidden: User "${bot}" cannot get resource "secrets" in API group "" in the namespace "billing"`,
      cure: 'kubectl -n billing create role onboard-bot-secrets-btp --verb=get --resource=secrets --resource-name=btp --dry-run=client -o yaml | kubectl apply -f -\nkubectl -n billing create rolebinding onboard-bot-secrets-btp-onboard-bot --role=onboard-bot-secrets-btp --serviceaccount=shared:onboard-bot --dry-run=client -o yaml | kubectl apply -f -',
    },
  },
  {
    broken: 'secrets without a source',
    breaks: () => {
      onlyProd()
      reconfigure(world, (configuration) => {
        delete configuration.credentials
      })
    },
    line: {
      id: 'secrets/prod-eu/sap-btp/cis',
      outcome: 'wrong',
      says: 'the configuration names no source of secrets for it',
      cure: 'add "credentials" to the configuration: docs/configuration.md',
    },
  },
]

/** What cannot be said of a cluster without its Kubernetes API; a token file is read all the same. */
const blind = [
  'identity',
  'namespace',
  'crds',
  'right/kubernetes/secrets',
  'right/argo/workflows',
  'right/argo/pods',
  'right/argo/pods/log',
  'service-account/onboard-steps',
  'service-account/onboard-steps/workflowtaskresults',
  'service-account/onboard-steps/template/sap-btp',
].map((name) => `${prod}/${name}`)
const dryRuns = [`${prod}/template/sap-btp/onboard`, `${prod}/template/sap-btp/cleanup`]
const afterArgo = [`${prod}/argo-access`, ...dryRuns]
const afterToken = [...blind.filter((id) => id.includes('/argo/')), `${prod}/argo-server`, ...afterArgo]

const ofArgo = blind.filter((id) => id.startsWith(`${prod}/right/argo/`))

const asNobody: Line = {
  id: `${prod}/identity`,
  outcome: 'wrong',
  says: 'the kubeconfig signs in as nobody (system:anonymous): the user of its context is not there or has no credentials',
  cure: 'give the user credentials: a token, a client certificate, or a program that signs in\nkubectl --kubeconfig KUBECONFIG config view --minify   # shows the context and its user',
}

const kubernetesRows: readonly Row[] = [
  {
    broken: 'a Kubernetes API that cannot be reached',
    breaks: async () => void kubernetesAt(await closedPort()),
    line: {
      id: `${prod}/kubernetes`,
      outcome: 'wrong',
      says: 'cannot be reached: ECONNREFUSED',
      cure: 'kubectl --kubeconfig KUBECONFIG version   # from where the bot runs',
    },
    also: blind,
  },
  {
    broken: 'a Kubernetes API that hangs',
    breaks: async () => void kubernetesAt(await silentPort()),
    line: {
      id: `${prod}/kubernetes`,
      outcome: 'wrong',
      says: 'no answer within 5 s',
      cure: 'look whether it is up, and what is between here and there; --timeout 20 waits longer',
    },
    also: blind,
  },
  {
    broken: 'a kubeconfig whose token has ended',
    breaks: () => void kubeconfigFor((text) => text.replace(/token: .*/, 'token: ended')),
    line: {
      id: `${prod}/kubernetes`,
      outcome: 'wrong',
      says: 'the kubeconfig is not taken: its token or certificate is missing, has ended, or is of another cluster',
      cure: 'kubectl -n shared create token onboard-bot --duration=720h   # and put it into the kubeconfig, if that is of this ServiceAccount',
    },
    also: blind,
  },
  {
    broken: 'a kubeconfig whose user has no credentials',
    breaks: () => void kubeconfigFor((text) => text.replace(/token: .*/, 'username: ""')),
    line: asNobody,
    also: blind.filter((id) => id !== asNobody.id && !ofArgo.includes(id)),
  },
  {
    broken: 'a kubeconfig whose context names a user that is not there, on the way to argo-server too',
    breaks: () => {
      onlyProd()
      reconfigure(world, (configuration) => {
        const { argo } = clusterIn(configuration)
        delete argo.url
        argo.service = { secure: false }
      })
      kubeconfigFor((text) => text.replace('user: sandbox', 'user: nobody'))
    },
    line: asNobody,
    also: [
      ...blind.filter((id) => id !== asNobody.id && !ofArgo.includes(id)),
      `${prod}/argo-server`,
      `${prod}/argo-tls`,
      ...['services', 'pods', 'pods/portforward'].map((name) => `${prod}/right/port-forward/${name}`),
      ...afterArgo,
    ],
  },
  {
    broken: 'a kubeconfig whose proxy is no address',
    breaks: () =>
      void kubeconfigFor((text) => text.replace(/(server: .*)/, '$1\n      proxy-url: "me:secret@proxy"')),
    line: {
      id: `${prod}/kubernetes`,
      outcome: 'wrong',
      says: 'Kubernetes: the kubeconfig names a proxy by no address: its proxy-url has to begin with http://, https:// or socks5://',
      cure: 'Put the address of the proxy into the kubeconfig, or take proxy-url out.',
    },
    also: blind,
  },
  {
    broken: 'a bot that is in no cluster',
    breaks: () => {
      onlyProd()
      reconfigure(world, (configuration) => {
        Object.assign(clusterIn(configuration), { kubernetes: { inCluster: true } })
      })
    },
    line: {
      id: `${prod}/kubernetes`,
      outcome: 'wrong',
      says: 'Kubernetes: this process has not what a cluster mounts into its pods',
      cure: 'Give "kubeconfig: PATH" in the place of "inCluster", or let the pod mount the token of its ServiceAccount.',
    },
    also: blind,
  },
  {
    broken: 'a namespace that is not there',
    breaks: () => {
      onlyProd()
      world.kubernetes.objects.remove({ resource: 'namespaces', namespace: '', name: 'shared' })
    },
    line: {
      id: `${prod}/namespace`,
      outcome: 'wrong',
      says: 'is not there',
      cure: 'kubectl create namespace shared\n# or correct clusters.prod-eu.argo.namespace, if that is not its name',
    },
  },
  {
    broken: 'a wrong name of the namespace',
    breaks: () => {
      onlyProd()
      reconfigure(world, (configuration) => {
        clusterIn(configuration).argo.namespace = 'nowhere'
      })
    },
    line: {
      id: `${prod}/namespace`,
      outcome: 'warning',
      says: "may be a wrong name: the bot's ServiceAccount is of shared, and may not get this namespace",
      cure: 'kubectl -n nowhere create role onboard-doctor-namespaces --verb=get --resource=namespaces --dry-run=client -o yaml | kubectl apply -f -\nkubectl -n nowhere create rolebinding onboard-doctor-namespaces-onboard-bot --role=onboard-doctor-namespaces --serviceaccount=shared:onboard-bot --dry-run=client -o yaml | kubectl apply -f -\n# or correct clusters.prod-eu.argo.namespace, if that is not its name',
    },
    also: [
      `${prod}/right/kubernetes/secrets`,
      `${prod}/argo-access`,
      ...['workflows', 'pods', 'pods/log'].map((name) => `${prod}/right/argo/${name}`),
      ...dryRuns,
      ...blind.filter((id) => id.includes('/service-account/')),
    ],
  },
  {
    broken: 'Argo Workflows that is not installed',
    breaks: () => {
      onlyProd()
      for (const name of [
        'clusterworkflowtemplates',
        'cronworkflows',
        'workflowartifactgctasks',
        'workfloweventbindings',
        'workflows',
        'workflowtaskresults',
        'workflowtasksets',
        'workflowtemplates',
      ])
        world.kubernetes.faults.missingResources.add(name)
    },
    line: {
      id: `${prod}/crds`,
      outcome: 'wrong',
      says: 'not installed',
      cure: 'kubectl apply --server-side -n shared -f https://github.com/argoproj/argo-workflows/releases/download/v4.1.2/namespace-install.yaml   # or of the version that you run',
    },
  },
  {
    broken: 'a resource definition that is missing',
    breaks: () => {
      onlyProd()
      world.kubernetes.faults.missingResources.add('workflowtaskresults')
    },
    line: {
      id: `${prod}/crds`,
      outcome: 'wrong',
      says: 'missing: workflowtaskresults',
      cure: 'kubectl apply --server-side -n shared -f https://github.com/argoproj/argo-workflows/releases/download/v4.1.2/namespace-install.yaml   # or of the version that you run',
    },
  },
  {
    broken: 'a revoked right to Secrets',
    breaks: () => {
      onlyProd()
      revoke(world.kubernetes, 'onboard-bot', 'secrets', 'patch', 'delete')
    },
    line: {
      id: `${prod}/right/kubernetes/secrets`,
      outcome: 'wrong',
      says: `${bot} may not patch, delete (one Secret for each run)`,
      cure: botCure,
    },
  },
  {
    broken: 'a revoked right to read logs',
    breaks: () => {
      onlyProd()
      revoke(world.kubernetes, 'onboard-bot', 'pods/log', 'get')
    },
    line: {
      id: `${prod}/right/argo/pods/log`,
      outcome: 'wrong',
      says: `${bot} may not get (the last lines of a failed step)`,
      cure: botCure,
    },
  },
  {
    broken: 'a revoked right to retry',
    breaks: () => {
      onlyProd()
      revoke(world.kubernetes, 'onboard-bot', 'workflows', 'update')
    },
    line: {
      id: `${prod}/right/argo/workflows`,
      outcome: 'wrong',
      says: `${bot} may not update (submits and follows workflows, retries (update) and stops (patch) them)`,
      cure: botCure,
    },
  },
  {
    broken: 'a ServiceAccount of the workflows that is not there',
    breaks: () => {
      onlyProd()
      world.kubernetes.objects.remove({
        resource: 'serviceaccounts',
        namespace: 'shared',
        name: 'onboard-steps',
      })
    },
    line: {
      id: `${prod}/service-account/onboard-steps`,
      outcome: 'wrong',
      says: 'is not there',
      cure: stepsCure,
    },
  },
  {
    broken: 'a ServiceAccount of the workflows without the rights of the executor',
    breaks: () => {
      onlyProd()
      revoke(world.kubernetes, 'onboard-steps', 'workflowtaskresults', 'patch')
    },
    line: {
      id: `${prod}/service-account/onboard-steps/workflowtaskresults`,
      outcome: 'wrong',
      says: 'onboard-steps may not patch (reports the outputs of a step)',
      cure: stepsCure,
    },
  },
  {
    broken: 'a ServiceAccount of the template "namespace" that is not there',
    breaks: () => {
      onlyProd()
      reconfigure(world, (configuration) => {
        clusterIn(configuration).templates['namespace'] = {}
      })
      world.kubernetes.objects.remove({
        resource: 'serviceaccounts',
        namespace: 'shared',
        name: 'onboard-namespaces',
      })
    },
    line: {
      id: `${prod}/service-account/onboard-namespaces`,
      outcome: 'wrong',
      says: 'is not there',
      cure: 'kubectl apply -n shared -f deploy/target-cluster/namespace-template.yaml',
    },
  },
  {
    broken: 'a right in the whole cluster that a shipped template uses',
    breaks: () => {
      onlyProd()
      revoke(world.kubernetes, 'onboard-steps', 'serviceinstances', 'list')
    },
    line: {
      id: `${prod}/service-account/onboard-steps/template/sap-btp`,
      outcome: 'warning',
      says: 'onboard-steps may not list serviceinstances',
      cure: 'kubectl apply -n shared -f deploy/target-cluster/sap-btp-template.yaml',
    },
    isFine: true,
  },
  {
    broken: 'the lack of a right that only doctor needs',
    breaks: () => {
      onlyProd()
      revoke(world.kubernetes, 'onboard-bot', 'localsubjectaccessreviews', 'create')
      revoke(world.kubernetes, 'onboard-bot', 'namespaces', 'get')
    },
    line: {
      id: `${prod}/service-account/onboard-steps/workflowtaskresults`,
      outcome: 'skipped',
      says: 'because the bot may not review the rights of others, which only doctor needs',
      cure: doctorCure,
    },
    also: [
      `${prod}/namespace`,
      `${prod}/service-account/onboard-steps`,
      `${prod}/service-account/onboard-steps/template/sap-btp`,
    ],
    isFine: true,
  },
]

const clusterRows: readonly Row[] = [
  {
    broken: 'a cluster that is paused',
    breaks: () => {
      reconfigure(world, (configuration) => {
        clusterIn(configuration).paused = 'it is being upgraded'
      })
    },
    line: {
      id: `${prod}/paused`,
      outcome: 'warning',
      says: 'nothing new begins here: it is being upgraded',
      cure: 'take clusters.prod-eu.paused out of the configuration, and start the bot again',
    },
    isFine: true,
  },
  {
    broken: 'an http address of an argo-server with TLS',
    breaks: async () => {
      const tls = await tlsServer()
      reconfigure(world, (configuration) => {
        clusterIn(configuration).argo.url = tls.replace('https:', 'http:')
      })
    },
    line: {
      id: `${prod}/argo-server`,
      outcome: 'wrong',
      says: 'argo-server: it speaks TLS, and was called without',
      cure: 'Set clusters.prod-eu.argo.url to TLS',
    },
    also: afterArgo,
  },
  {
    broken: 'an https address of an argo-server without TLS',
    breaks: () => {
      reconfigure(world, (configuration) => {
        const { argo } = clusterIn(configuration)
        argo.url = (argo.url ?? '').replace('http:', 'https:')
      })
    },
    line: {
      id: `${prod}/argo-server`,
      outcome: 'wrong',
      says: 'argo-server cannot be reached: it speaks no TLS',
      cure: 'Start argo-server with --secure, or set clusters.prod-eu.argo.url to ARGO',
    },
    also: [...afterArgo, `${prod}/argo-tls`],
  },
  {
    broken: 'an argo-server whose certificate is of no known CA',
    breaks: async () => {
      const url = await tlsServer()
      reconfigure(world, (configuration) => {
        clusterIn(configuration).argo.url = url
      })
    },
    line: {
      id: `${prod}/argo-server`,
      outcome: 'wrong',
      says: 'argo-server cannot be reached: its certificate is of no known CA',
      cure: "Put argo-server's CA into clusters.prod-eu.argo.caFile. The one that it makes itself is for localhost only.",
    },
    also: [...afterArgo, `${prod}/argo-tls`],
  },
  {
    broken: 'TLS of an argo-server that cannot be reached',
    breaks: async () => {
      const port = await closedPort()
      reconfigure(world, (configuration) => {
        clusterIn(configuration).argo.url = `https://127.0.0.1:${port}`
      })
    },
    line: {
      id: `${prod}/argo-tls`,
      outcome: 'skipped',
      says: 'because "argo-server" is not ok',
    },
    also: [...afterArgo, `${prod}/argo-server`],
  },
  {
    broken: 'an argo-server behind a closed port whose TLS is not verified anyway',
    breaks: async () => {
      const port = await closedPort()
      reconfigure(world, (configuration) => {
        const { argo } = clusterIn(configuration)
        argo.url = `https://127.0.0.1:${port}`
        argo.insecureSkipTlsVerify = true
      })
    },
    line: {
      id: `${prod}/argo-tls`,
      outcome: 'warning',
      says: "NOT VERIFIED: whoever is between reads the bot's token",
      cure: "put argo-server's CA into clusters.prod-eu.argo.caFile in the place of insecureSkipTlsVerify",
    },
    also: [...afterArgo, `${prod}/argo-server`],
  },
]

const argoRows: readonly Row[] = [
  {
    broken: 'a ServiceAccount for the token that is not there',
    breaks: () => {
      const { kubernetes } = world
      const identity = kubernetes.identity('onboard-bot')
      const rights = { verbs: ['create'], groups: [''], resources: ['serviceaccounts/token'] }
      kubernetes.rules.set(identity, [...(kubernetes.rules.get(identity) ?? []), rights])
      useServiceAccount('ghost')
    },
    line: {
      id: `${prod}/token`,
      outcome: 'wrong',
      says: 'the ServiceAccount ghost is not there',
      cure: 'kubectl -n shared create serviceaccount ghost',
    },
    also: afterToken,
  },
  {
    broken: 'a TokenRequest that is forbidden',
    breaks: () => {
      useServiceAccount('other')
    },
    line: {
      id: `${prod}/right/kubernetes/serviceaccounts/token`,
      outcome: 'wrong',
      says: `${bot} may not create (short-lived tokens for argo-server)`,
      cure: 'kubectl -n shared create role onboard-bot-serviceaccounts-token-other --verb=create --resource=serviceaccounts/token --resource-name=other --dry-run=client -o yaml | kubectl apply -f -\nkubectl -n shared create rolebinding onboard-bot-serviceaccounts-token-other-onboard-bot --role=onboard-bot-serviceaccounts-token-other --serviceaccount=shared:onboard-bot --dry-run=client -o yaml | kubectl apply -f -',
    },
    also: [`${prod}/token`, ...afterToken],
  },
  {
    broken: 'an argo-server that is down',
    breaks: async () => {
      const port = await closedPort()
      reconfigure(world, (configuration) => {
        clusterIn(configuration).argo.url = `http://127.0.0.1:${port}`
      })
    },
    line: {
      id: `${prod}/argo-server`,
      outcome: 'wrong',
      says: 'cannot be reached: ECONNREFUSED',
      cure: 'curl -sS ARGO/api/v1/version   # from where the bot runs',
    },
    also: afterArgo,
  },
  {
    broken: 'an argo-server that hangs',
    breaks: async () => {
      const port = await silentPort()
      reconfigure(world, (configuration) => {
        clusterIn(configuration).argo.url = `http://127.0.0.1:${port}`
      })
    },
    line: {
      id: `${prod}/argo-server`,
      outcome: 'wrong',
      says: 'no answer within 5 s',
      cure: 'look whether it is up, and what is between here and there; --timeout 20 waits longer',
    },
    also: afterArgo,
  },
  {
    broken: 'an address that is no argo-server',
    breaks: () => {
      onlyProd()
      argoAnswers('/api/v1/version', '<html>welcome</html>')
    },
    line: {
      id: `${prod}/argo-server`,
      outcome: 'wrong',
      says: 'there is no argo-server at ARGO',
      cure: 'curl -sS ARGO/api/v1/version   # from where the bot runs\n# and correct clusters.prod-eu.argo.url: it is what stands before /api/v1',
    },
    also: afterArgo,
  },
  {
    broken: 'a version of Argo Workflows that nobody has tried',
    breaks: () => {
      onlyProd()
      argoAnswers('/api/v1/version', { version: 'v3.5.15' })
    },
    line: {
      id: `${prod}/argo-server`,
      outcome: 'warning',
      says: 'v3.5.15, which the bot is not tested with',
      cure: 'install one of 3.7, 4.0, 4.1',
    },
    isFine: true,
  },
  {
    broken: 'a token that argo-server does not take',
    breaks: () => {
      onlyProd()
      argoAnswers('/api/v1/workflows', { code: 16, message: 'Unauthorized' }, 401)
    },
    line: {
      id: `${prod}/argo-access`,
      outcome: 'wrong',
      says: 'does not take the token',
      cure: 'kubectl -n shared create token onboard-bot --duration=720h > TOKEN   # clusters.prod-eu.argo.tokenFile, if it is to be of this ServiceAccount',
    },
    also: dryRuns,
  },
  {
    broken: 'an Argo that looks after another namespace',
    breaks: () => {
      onlyProd()
      argoAnswers('/api/v1/info', { managedNamespace: 'argo' })
    },
    line: {
      id: `${prod}/argo-access`,
      outcome: 'wrong',
      says: 'it looks after the namespace argo: nothing would run in shared',
      cure: 'set clusters.prod-eu.argo.namespace to argo, or start Argo with --managed-namespace shared',
    },
    also: dryRuns,
  },
  {
    broken: 'a template that the server refuses',
    breaks: () => {
      onlyProd()
      const labelled = (text: string): string =>
        text.replace('  annotations:', "  labels: { team: 'has space' }\n  annotations:")
      return { TEMPLATES_DIR: changedTemplates(labelled) }
    },
    line: {
      id: `${prod}/template/sap-btp/onboard`,
      outcome: 'wrong',
      says: `argo-server: ${recordedMessage('dry-run-bad-label')}`,
      cure: 'mend TEMPLATES/sap-btp/onboard.yaml; argo lint --offline TEMPLATES/sap-btp/onboard.yaml   # finds the most of it',
    },
  },
  {
    broken: 'an answer that shows a secret',
    breaks: () => {
      onlyProd()
      argoAnswers('/api/v1/workflows', { code: 3, message: 'bad: Bearer abcdefghijkl' }, 400)
    },
    line: {
      id: `${prod}/argo-access`,
      outcome: 'wrong',
      says: 'argo-server: bad: [secret]',
      cure: 'curl -sS ARGO/api/v1/version   # from where the bot runs',
    },
    also: dryRuns,
  },
]

function recordedMessage(name: string): string {
  const { json } = readRecording('argo-server', name).response
  const message = isObject(json) ? json['message'] : undefined
  return typeof message === 'string' ? message : ''
}

/** What differs from run to run, by its name. */
const neutral = (text: string | undefined): string | undefined =>
  text
    ?.replaceAll(/"(?:dry-l-\w+|doctor-[-0-9a-f]+)"/g, '"NAME"')
    .replaceAll(`${world.folder}/templates`, 'TEMPLATES')
    .replaceAll(`${world.folder}/data`, 'DATA')
    .replaceAll(`${world.folder}/prod-eu-argo-token`, 'TOKEN')
    .replaceAll(`${world.folder}/changed-kubeconfig`, 'KUBECONFIG')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'ARGO')
    .replaceAll(/https:\/\/127\.0\.0\.1:\d+/g, 'TLS')

const neutralLine = (line: Line | undefined): object | undefined =>
  line && { ...line, says: neutral(line.says), cure: neutral(line.cure) }

describe('doctor', () => {
  it('finds nothing wrong in a world that is in order', async () => {
    useServiceAccount('onboard-bot')
    reconfigure(world, (configuration) => {
      clusterIn(configuration).templates['namespace'] = {}
    })
    const { diagnosis, complaints, lines } = await diagnose(world)
    expect(complaints).toEqual([])
    expect(diagnosis).toBe('fine')
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length)
  })

  it.for([...slackRows, ...dataRows, ...secretRows, ...kubernetesRows, ...clusterRows, ...argoRows])(
    'says how to cure $broken',
    async ({ breaks, line, also = [], isFine = false }) => {
      const changes = await breaks()
      const { diagnosis, complaints, line: found } = await diagnose(world, changes ?? {}, hanging)
      expect(neutralLine(found(line.id))).toEqual(neutralLine(line))
      expect(complaints.filter((id) => id !== line.id).toSorted()).toEqual(also.toSorted())
      expect(diagnosis).toBe(isFine ? 'fine' : 'wrong')
    },
  )
})

it('an existing Secret is not made readable for everybody where the kubeconfig signs in as nobody', async () => {
  onlyProd()
  reconfigure(world, (configuration) => {
    configuration.credentials = { secret: { name: 'btp' } }
  })
  kubeconfigFor((text) => text.replace(/token: .*/, 'username: ""'))
  const { lines } = await diagnose(world)
  expect(lines.find(({ id }) => id === 'secrets/prod-eu/sap-btp/cis')).toMatchObject({
    outcome: 'wrong',
    cure: 'give the user credentials: a token, a client certificate, or a program that signs in',
  })
  const cures = lines.flatMap(({ cure }) => cure ?? [])
  expect(cures.filter((cure) => cure.includes('system:'))).toEqual([])
})

describe('doctor by port-forward', () => {
  const forward = (): void => {
    onlyProd()
    reconfigure(world, (configuration) => {
      const { argo } = clusterIn(configuration)
      delete argo.url
      argo.service = { secure: false }
    })
  }

  it('says the way, and that the tunnel keeps others out', async () => {
    forward()
    const { line, complaints, diagnosis } = await diagnose(world)
    expect(complaints).toEqual([])
    expect(line(`${prod}/argo-server`)?.says).toBe('v4.1.2, by port-forward to shared/argo-server')
    expect(line(`${prod}/argo-tls`)).toEqual({
      id: `${prod}/argo-tls`,
      outcome: 'ok',
      says: 'not used: the port-forward through the Kubernetes API keeps others out',
    })
    expect(line(`${prod}/right/port-forward/pods/portforward`)?.says).toBe('get, create')
    expect(diagnosis).toBe('fine')
  })

  it('says nothing of the TLS of an argo-server that it did not reach, and how to call one without', async () => {
    forward()
    reconfigure(world, (configuration) => {
      delete clusterIn(configuration).argo.service
    })
    const { line } = await diagnose(world)
    expect(line(`${prod}/argo-server`)).toEqual({
      id: `${prod}/argo-server`,
      outcome: 'wrong',
      says: 'argo-server cannot be reached: it speaks no TLS',
      cure: 'Set clusters.prod-eu.argo.service.secure to false, or start argo-server with --secure.',
    })
    expect(line(`${prod}/argo-tls`)).toMatchObject({
      outcome: 'skipped',
      says: 'because "argo-server" is not ok',
    })
  })

  it('does not go to argo-server as nobody, and names only the one thing that is wrong', async () => {
    forward()
    kubeconfigFor((text) => text.replace(/token: .*/, 'username: ""'))
    const { lines } = await diagnose(world)
    expect(lines.filter(({ outcome, id }) => outcome === 'wrong' && id.startsWith(prod))).toMatchObject([
      { id: `${prod}/identity` },
    ])
  })

  it('names the Service that is not there', async () => {
    forward()
    world.kubernetes.objects.remove({ resource: 'services', namespace: 'shared', name: 'argo-server' })
    const { line } = await diagnose(world)
    expect(neutral(line(`${prod}/argo-server`)?.cure)).toContain(
      'get service/argo-server endpoints/argo-server',
    )
    expect(line(`${prod}/argo-server`)).toMatchObject({
      outcome: 'wrong',
      says: 'Kubernetes: find the pods of the Service shared/argo-server: services "argo-server" not found',
    })
  })
})

it('says nothing of people who have left and are only denied', async () => {
  reconfigure(world, ({ policy }) => {
    Object.assign(policy, { approve: { allow: ['U0BEN', 'U0CLEO'], deny: ['U0CLEO', 'U0DORA'] } })
  })
  const { line, complaints } = await diagnose(world)
  expect(line('slack/policy/U0DORA')?.says).toBe('is deactivated')
  expect(line('slack/approvers/prod-eu/sap-btp')?.says).toBe('1 of 1 can approve')
  expect(complaints).toEqual([])
})

it.each(['wrong', 'shared-meta'])('says "%s" also where that is a token', async (SHARED_META_TOKEN) => {
  onlyProd()
  reconfigure(world, (configuration) => {
    clusterIn(configuration).argo.namespace = 'nowhere'
  })
  const { line } = await diagnose(world, { SHARED_META_TOKEN })
  expect(line(`${prod}/namespace`)?.says).toContain('may be a wrong name')
  expect(line('secrets/prod-eu/sap-btp/cis')?.says).toContain('shared-meta does not take the token')
})

it('hides a token of the configuration wherever a server says it', async () => {
  onlyProd()
  argoAnswers('/api/v1/workflows', { code: 3, message: 'bad: abc4' }, 400)
  const { line } = await diagnose(world, { SHARED_META_TOKEN: 'abc4' })
  expect(line(`${prod}/argo-access`)?.says).toBe('argo-server: bad: [secret]')
})

it('counts the requester where the policy makes them an approver', async () => {
  onlyProd()
  reconfigure(world, ({ policy }) => {
    Object.assign(policy, { approve: ['requester', 'U0DORA'], requesterMayApprove: true })
  })
  const { line } = await diagnose(world)
  expect(line('slack/approvers/prod-eu/sap-btp')).toMatchObject({
    outcome: 'ok',
    says: '0 of 1, and the requester, can approve',
  })
})

describe('the lock', () => {
  it('is seen while a bot has it, and is left to that bot', async () => {
    const running = new BotProcess(world)
    await running.start()
    closing.push(() => running.end('SIGKILL'))
    const { line, diagnosis } = await diagnose(world)
    expect(line('data/lock')).toEqual({ id: 'data/lock', outcome: 'ok', says: 'a bot runs on this folder' })
    expect(diagnosis).toBe('fine')
    expect(running.isRunning).toBe(true)
  })

  it('is free again at once after it was looked at', async () => {
    const folder = world.environment['DATA_DIR'] ?? ''
    lockFolder(folder)()
    const { line } = await diagnose(world)
    expect(line('data/lock')?.says).toBe('free: no bot runs on this folder')
    const release = lockFolder(folder)
    release()
  })
})

// A process loads all of the bot's libraries, which takes its time on a busy machine.
describe('the process', { timeout: 180_000 }, () => {
  it('ends with 0 when there are only warnings, and writes lines for people', async () => {
    onlyProd()
    const { code, stdout, stderr } = await runProcess(world, ['doctor', '--timeout', '60'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(neutral(stdout)).toBe(`Configuration
  ok       file: cluster prod-eu
  ok       templates: namespace, sap-btp
  ok       approval of sap-btp on prod-eu: 1 of S0PLATFORM

Slack
  ok       token of the bot: @onboard in Acme
  ok       scopes: all 10 of manifest.yml
  ok       token of the app: opens Socket Mode
  ok       channel C0ONBOARD: the bot is in #onboarding
  ok       channel C0ONBOARD of the policy: 7 members
  ok       user group S0PLATFORM of the policy: 2 members
  ok       user U0INES of the policy: is a member

Data folder
  ok       folder: DATA
  ok       durable saving: link, rename and fsync work
  ok       lock: free: no bot runs on this folder
  ok       free space: ${/free space: (\d+)/.exec(stdout)?.[1]} MiB

Network
  ok       proxy: none is used

Secrets
  ok       cis of sap-btp on prod-eu: is there: shared-meta at btp/cis

Cluster prod-eu
  warning  Kubernetes API: v1.36.2 at ARGO, NOT ENCRYPTED: whoever is between reads the bot's token and the runs' secrets
           cure: put an https address into the kubeconfig
  ok       identity: system:serviceaccount:shared:onboard-bot
  ok       namespace shared: is there
  ok       resource definitions of Argo Workflows: installed
  ok       right to secrets: create, get, patch, delete
  ok       token for argo-server: read from its file
  ok       argo-server: v4.1.2
  warning  TLS of argo-server: NOT ENCRYPTED: whoever is between reads the bot's token
           cure: give clusters.prod-eu.argo.url an https address
  ok       access to argo-server: takes the token, and looks after shared
  ok       right to workflows: create, get, list, watch, update, patch
  ok       right to pods: list, watch, delete
  ok       right to pods/log: get
  ok       templates/sap-btp/onboard.yaml: argo-server would take it
  ok       templates/sap-btp/cleanup.yaml: argo-server would take it
  ok       ServiceAccount onboard-steps of the workflows: is there
  ok       right of onboard-steps to workflowtaskresults: create, patch
  ok       rights of onboard-steps for the template sap-btp: as deploy/target-cluster/sap-btp-template.yaml gives them

31 ok, 2 warning
`)
  })

  it('ends with 1 when something is wrong, and leaves nothing behind', async () => {
    const before = world.argo.creates.size
    world.slack.faults.missingScopes.add('im:write')
    const { code, stdout } = await runProcess(world, ['doctor', '--timeout', '60'])
    expect(code).toBe(1)
    expect(stdout).toContain(`  wrong    scopes: missing: im:write
           cure: ${scopesCure('im:write')}
`)
    expect(world.argo.creates.size).toBe(before)
    expect(world.argo.workflows.list()).toEqual([])
    expect(readdirSync(world.environment['DATA_DIR'] ?? '')).toEqual([])
    expect(world.slack.workspace.messages).toEqual([])
  })

  it('ends with 2 when the configuration cannot be used, and names every mistake', async () => {
    reconfigure(world, (configuration) => {
      configuration.channel = '#onboarding'
    })
    const changes = { SLACK_APP_TOKEN: '' }
    const { code, stdout } = await runProcess(world, ['doctor', '--json'], { changes })
    const lines = stdout
      .trim()
      .split('\n')
      .map((line): Line => JSON.parse(line))
    expect(lines.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'configuration/mistake/1 wrong',
      'configuration/mistake/2 wrong',
      'configuration/rest skipped',
    ])
    expect(lines[0]).toMatchObject({
      says: 'SLACK_APP_TOKEN: is missing',
      cure: 'give an app-level token (xapp-…) with the scope connections:write',
    })
    expect(code).toBe(2)
  })

  it('names what is wrong with the templates, and looks at the rest', async () => {
    onlyProd()
    const TEMPLATES_DIR = changedTemplates((text) => text.replace('entrypoint: main', 'entrypoint: other'))
    const { code, stdout } = await runProcess(world, ['doctor', '--timeout', '60'], {
      changes: { TEMPLATES_DIR },
    })
    const lines = readFileSync(join(TEMPLATES_DIR, 'sap-btp/onboard.yaml'), 'utf8').split('\n')
    const line = lines.findIndex((text) => text.includes('entrypoint: other')) + 1
    expect(stdout.replaceAll(TEMPLATES_DIR, 'TEMPLATES')).toContain(`
  wrong    template: TEMPLATES/sap-btp/onboard.yaml:${line}: spec.entrypoint: there is no template "other"
           cure: there is: main, create-subaccount, register-platform, install-proxy
  skipped  channels, policy, secrets and dry runs: because the templates cannot be used
`)
    expect(stdout).toContain('ok       access to argo-server')
    expect(code).toBe(1)
  })

  it.skipIf(process.getuid?.() !== 0)(
    'says how to cure a data folder that its user may not write to (needs root, to become another user)',
    async () => {
      onlyProd()
      const data = join(world.folder, 'data')
      for (const path of ['active', 'done/prod-eu']) mkdirSync(join(data, path), { recursive: true })
      lockFolder(data)()
      for (const path of [world.folder, data]) chmodSync(path, 0o755)
      for (const name of readdirSync(world.folder).filter((one) => /kubeconfig|token/.test(one)))
        chmodSync(join(world.folder, name), 0o644)
      const denied = await runProcess(world, ['doctor', '--timeout', '60'], { uid: 65_534 })
      expect(neutral(denied.stdout)).toContain(`
  wrong    durable saving: records cannot be saved: open fails with EACCES
           cure: chown -R $(id -u):$(id -g) DATA   # as root, with the ids of the bot's user
`)
      for (const path of [data, join(data, 'done')]) chmodSync(path, 0o777)
      const half = await runProcess(world, ['doctor', '--timeout', '60'], { uid: 65_534 })
      expect(neutral(half.stdout)).toContain(`
  wrong    durable saving: this user may not write to DATA/active, DATA/done/prod-eu, DATA/lock.db
           cure: chown -R $(id -u):$(id -g) DATA/active DATA/done/prod-eu DATA/lock.db   # as root, with the ids of the bot's user
`)
      expect([denied.code, half.code]).toEqual([1, 1])
    },
  )

  it('shows its usage and ends with 2 when it does not understand', async () => {
    const { code, stdout, stderr } = await runProcess(world, ['doctor', '--jsn'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain("Unknown option '--jsn'")
    expect(stderr).toContain('usage: onboard-bot [doctor [--json]')
  })

  it('helps, and ends with 0', async () => {
    const { code, stdout, stderr } = await runProcess(world, ['doctor', '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('usage: onboard-bot [doctor [--json]')
  })
})
