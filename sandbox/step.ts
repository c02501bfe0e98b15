import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { systemClock } from '../src/clock.ts'
import { steps } from '../src/steps/run/steps.ts'
import { startBtp } from './btp/server.ts'
import { startKubernetes } from './kubernetes/server.ts'
import { repositoryRoot } from './world.ts'

/** What the template's containers have; variables that are set already win. */
const standard = {
  ONBOARDING_ID: 'by-hand',
  NAMESPACE: 'shop',
  CLUSTER: 'prod-eu',
  DISPLAY_NAME: 'Shop',
  SUBDOMAIN: 'shop-prod',
  REGION: 'eu10',
  OPERATOR_CHART: 'sap-btp-operator',
  PROXY_CHART: 'service-broker-proxy-k8s',
  POLL_FIRST_MS: '500',
}

const names = process.argv.slice(2)
if (names.length === 0) {
  console.error(`Name the steps to run, in their order. There is: ${Object.keys(steps).join(', ')}.`)
  process.exit(1)
}

const btp = await startBtp({ clock: systemClock })
const kubernetes = await startKubernetes({ clock: systemClock })
const folder = mkdtempSync(join(tmpdir(), 'onboard-bot-step-'))
if (names[0] !== 'create-namespace')
  kubernetes.createNamespace(process.env['NAMESPACE'] ?? standard.NAMESPACE)
writeFileSync(join(folder, 'kubeconfig'), kubernetes.kubeconfig('admin'))

/** Never anything but the sandbox, whatever the shell has. */
const fixed = {
  PATH: [join(repositoryRoot, 'sandbox/helm/bin'), process.env['PATH']].join(delimiter),
  SANDBOX_NODE: process.execPath,
  CIS_KEY: JSON.stringify(btp.serviceKey()),
  KUBECONFIG: join(folder, 'kubeconfig'),
  TARGET_KUBECONFIG: '',
  NO_PROXY: '127.0.0.1',
}

const filesIn = (place: string): readonly string[] => {
  try {
    return readdirSync(place)
  } catch {
    return []
  }
}

/** Runs a step as its pod does, and says how it ended. Gives its exit code. */
const run = async (step: string): Promise<number> => {
  const root = mkdtempSync(join(folder, 'pod-'))
  const env = { ...standard, ...process.env, ...fixed, CONTAINER_ROOT: root }
  const child = spawn(process.execPath, [join(repositoryRoot, 'src/steps/run/main.ts'), step], {
    env,
    stdio: 'inherit',
  })
  const code = await new Promise<number>((resolve) =>
    child.once('close', (ended, signal) => resolve(ended ?? (signal === 'SIGKILL' ? 137 : 143))),
  )
  console.log(`${step}: exit code ${code}`)
  for (const place of ['dev', 'tmp/outputs'])
    for (const name of filesIn(join(root, place)))
      console.log(`  /${place}/${name}: ${readFileSync(join(root, place, name), 'utf8')}`)
  return code
}

for (const step of names) {
  process.exitCode = await run(step)
  if (process.exitCode !== 0) break
}
await Promise.all([btp.close(), kubernetes.close()])
rmSync(folder, { recursive: true })
