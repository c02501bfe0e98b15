import { listAt, objectAt } from '../../sandbox/kubernetes/json.ts'
import type { ArgoMoments } from './argo-moments.ts'
import { readRecording, recordedObject } from './sandbox-world.ts'
import type { Recording } from './sandbox-world.ts'

type Before = (moments: ArgoMoments) => Promise<void>

const reach =
  (name: string): Before =>
  async (moments) => {
    moments.stepsEndAs(name)
    await moments.submit(name)
    await moments.until(name)
  }
const podRuns = (workflow: unknown): boolean => JSON.stringify(workflow).includes('"hostNodeName"')

const hasBegun = (workflow: unknown): boolean =>
  Object.keys(objectAt(objectAt(workflow, 'status'), 'nodes')).length > 0

const failThenRetry = async (moments: ArgoMoments, failed: string): Promise<string> => {
  moments.stepsEndAs(failed)
  const name = await moments.submit(failed)
  await moments.until(failed)
  await moments.act(name, 'retry')
  return name
}

/** What the program of a recorded step wrote; around it stand the lines of Argo's executor. */
const logOf = (recorded: Recording): readonly string[] =>
  (recorded.response.chunks ?? []).flatMap(({ text }) => {
    const { result } = JSON.parse(text.replace(/^data: /, '')) as { result: { content: string } }
    return /argo=true|^Error: exit status/.test(result.content) ? [] : [result.content]
  })

/** What happens before each request, so that the sandbox is at the moment that the recording shows. */
export const momentRows: Readonly<Record<string, Before>> = {
  'get-running': reach('get-running'),
  'get-mutex-holding': reach('get-mutex-holding'),
  'get-secret-missing': async (moments) => {
    await reach('get-secret-missing')(moments)
    await moments.passUntil('no-secret-mwtobw11', (one) =>
      JSON.stringify(one).includes('missing-secret\\" not'),
    )
  },
  'get-unknown-service-account': async (moments) => {
    moments.argo.faults.pods = 'service-account'
    await reach('get-unknown-service-account')(moments)
  },
  'get-service-account-without-rights': async (moments) => {
    moments.argo.faults.pods = 'executor-rights'
    await reach('get-service-account-without-rights')(moments)
  },
  'get-no-phase-or-first': async (moments) => {
    await moments.submit('get-no-phase-or-first')
  },
  'get-without-controller': async (moments) => {
    moments.argo.faults.isControllerDown = true
    await moments.submit('get-without-controller')
    moments.clock.advance(60_000)
  },
  'get-image-pull-failure': async (moments) => {
    moments.argo.faults.pods = 'image-pull'
    await reach('get-image-pull-failure')(moments)
    await moments.passUntil('no-image-mwtobw11', (one) => JSON.stringify(one).includes('ErrImagePull'))
  },
  'get-mutex-done': async (moments) => {
    moments.stepsEndAs('get-mutex-holding')
    const first = await moments.submit('get-mutex-holding')
    await moments.until('get-mutex-holding')
    await moments.submit('get-mutex-done')
    for (let pass = 0; pass < 20; pass += 1) moments.clock.advance(1)
    await moments.act(first, 'stop')
    moments.stepsEndAs('get-mutex-done')
    await moments.until('get-mutex-done')
  },
  'get-just-after-stop': async (moments) => {
    const name = await moments.submit('get-just-after-stop')
    await moments.until('get-just-after-stop')
    await moments.act(name, 'stop')
  },
  'stop-running': async (moments) => {
    await moments.submit('stop-running')
    await moments.until('stop-running')
  },
  'get-stopped': async (moments) => {
    moments.stepsEndAs('get-stopped')
    const name = await moments.submit('get-stopped')
    await moments.passUntil(name, podRuns)
    await moments.act(name, 'stop')
    await moments.until('get-stopped')
  },
  'get-suspended': async (moments) => {
    const name = await moments.submit('get-suspended')
    await moments.until('get-suspended')
    await moments.act(name, 'suspend')
  },
  'get-terminated-running': async (moments) => {
    moments.stepsEndAs('get-terminated-running')
    const name = await moments.submit('get-terminated-running')
    await moments.passUntil(name, podRuns)
    await moments.act(name, 'terminate')
    await moments.until('get-terminated-running')
  },
  'get-terminated': async (moments) => {
    moments.stepsEndAs('get-terminated')
    // A person had made it by Resubmit, of which it keeps the marks.
    const shown = recordedObject(readRecording('argo-server', 'get-terminated'))
    const metadata = objectAt(shown, 'metadata')
    const copied = 'workflows.argoproj.io/resubmitted-from-workflow'
    const labels = { [copied]: objectAt(metadata, 'labels')[copied] }
    const { generateName } = metadata
    const name = await moments.submitShown(shown, { generateName, labels })
    // The first step ended by itself, and the second was never begun.
    await moments.passUntil(name, hasBegun)
    await moments.act(name, 'terminate')
    await moments.until('get-terminated')
  },
  'get-suspend-node-done': async (moments) => {
    moments.stepsEndAs('get-suspend-node-waiting')
    const name = await moments.submit('get-suspend-node-waiting')
    await moments.until('get-suspend-node-waiting')
    moments.stepsEndAs('get-suspend-node-done')
    await moments.act(name, 'resume', { nodeFieldSelector: 'displayName=wait-for-person' })
    await moments.until('get-suspend-node-done')
  },
  'get-deadline-exceeded': async (moments) => {
    moments.stepsEndAs('get-deadline-exceeded')
    const name = await moments.submit('get-deadline-exceeded')
    await moments.passUntil(name, podRuns)
    moments.clock.advance(60_000)
    await moments.until('get-deadline-exceeded')
  },
  'get-just-after-retry': async (moments) => {
    await failThenRetry(moments, 'get-failed')
  },
  'get-retried-running': async (moments) => {
    await failThenRetry(moments, 'get-failed')
    moments.stepsEndAs('get-retried-running')
    await moments.until('get-retried-running')
  },
  'get-failed-again': async (moments) => {
    const name = await failThenRetry(moments, 'get-failed')
    moments.stepsEndAs('get-failed-again')
    await moments.passUntil(name, (one) => JSON.stringify(one).includes('"phase":"Running"'))
    await moments.until('get-failed-again')
  },
  'shape-get-failed': async (moments) => {
    await moments.secretsFor('shape-get-failed')
    await reach('shape-get-failed')(moments)
  },
  'shape-get-cleanup': async (moments) => {
    await moments.secretsFor('shape-get-cleanup')
    await reach('shape-get-cleanup')(moments)
  },
  'shape-retry-without-secret': async (moments) => {
    await moments.secretsFor('shape-get-failed')
    await reach('shape-get-failed')(moments)
    await moments.removeSecret('run-sap-btp-mwtq6cvz')
  },
  'shape-get-retry-without-secret': async (moments) => {
    await moments.secretsFor('shape-get-failed')
    const name = await failThenRetry(moments, 'shape-get-failed')
    await moments.removeSecret('run-sap-btp-mwtq6cvz')
    await moments.passUntil(name, (one) => JSON.stringify(one).includes('CreateContainerConfigError'))
    await moments.until('shape-get-retry-without-secret')
  },
  'shape-get-retry-with-secret': async (moments) => {
    await moments.secretsFor('shape-get-failed')
    const name = await failThenRetry(moments, 'shape-get-failed')
    moments.stepsEndAs('shape-get-retry-with-secret')
    await moments.passUntil(name, (one) => JSON.stringify(one).includes('"phase":"Running"'))
    await moments.until('shape-get-retry-with-secret')
  },
  'list-by-label': reach('get-succeeded'),
  // The real one had it from its cache, in which nothing had happened meanwhile.
  'list-just-after-server-restart': async (moments) => {
    const recorded = recordedObject(readRecording('argo-server', 'list-just-after-server-restart'))
    const [shown] = listAt(recorded, 'items')
    const name = await moments.submitShown(shown)
    await moments.passUntil(name, hasBegun)
  },
  'rate-limit-first': async (moments) => {
    moments.argo.faults.callsPerSecond = 5
  },
  'rate-limited': async (moments) => {
    const { faults } = moments.argo
    Object.assign(faults, { callsPerSecond: 5, callsOfOthers: 1 })
    for (let calls = 0; calls < 4; calls += 1) await moments.call('GET', '')
  },
  'log-one-step': async (moments) => {
    moments.stepsWrite(logOf(readRecording('argo-server', 'log-one-step')))
    await reach('get-succeeded')(moments)
  },
  'log-failed-step': async (moments) => {
    moments.stepsWrite(logOf(readRecording('argo-server', 'log-failed-step')))
    await reach('get-failed')(moments)
  },
}
