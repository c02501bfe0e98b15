import { writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, expect, it } from 'vitest'

import { closeServer, listen } from '../../sandbox/http.ts'
import { startWorld } from '../../sandbox/world.ts'
import { clusterIn, reconfigure, runProcess } from './diagnose.ts'

const closing: Server[] = []
afterEach(async () => {
  for (const server of closing.splice(0)) await closeServer(server)
})

/** The same server, which takes longer for these paths than the bot waits. */
const slow = async (target: string, paths: RegExp): Promise<string> => {
  const server = createServer((incoming, outgoing) => {
    const forward = (): void => {
      const { url = '/', method, headers } = incoming
      const sent = request(new URL(url, target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      sent.on('error', () => outgoing.destroy())
      incoming.pipe(sent)
    }
    void sleep(paths.test(incoming.url ?? '') ? 10_300 : 0).then(forward)
  })
  closing.push(server)
  return listen(server, 0)
}

it('what answers later than the bot would wait is waited for as long as --timeout says', async () => {
  const world = await startWorld()
  try {
    const argo = await slow(world.argo.url, /\/version$/)
    const meta = await slow(world.sharedMeta.url, /btp/)
    const slack = world.environment['SLACK_API_URL'] ?? ''
    reconfigure(world, (configuration) => {
      delete configuration.clusters['dev-eu']
      clusterIn(configuration).argo.url = argo
      configuration.credentials = { sharedMeta: { url: meta } }
    })
    const kubeconfig = join(world.folder, 'slow-kubeconfig')
    const kubernetes = await slow(world.kubernetes.url, /^\/version$/)
    writeFileSync(
      kubeconfig,
      world.kubernetes.kubeconfig('onboard-bot').replace(world.kubernetes.url, kubernetes),
    )
    reconfigure(world, (configuration) => {
      clusterIn(configuration).kubernetes.kubeconfig = kubeconfig
    })
    const changes = {
      SLACK_API_URL: `${await slow(new URL(slack).origin, /auth\.test/)}${new URL(slack).pathname}`,
    }
    const { stdout } = await runProcess(world, ['doctor', '--timeout', '25'], { changes })
    for (const line of [
      'token of the bot: @onboard',
      'identity: system:serviceaccount',
      'argo-server: v4.1.2',
      'cis of sap-btp on prod-eu: is there',
    ])
      expect(stdout).toContain(`ok       ${line}`)
  } finally {
    await world.close()
  }
})
