import { expect, it } from 'vitest'

import { currentRun } from '../../src/onboarding/onboarding.ts'
import { checkRequest } from '../../src/runner/check-request.ts'
import { retryWorkflow } from '../../src/runner/effects/retry-workflow.ts'
import { submitWorkflow } from '../../src/runner/effects/submit-workflow.ts'
import type { RunWork } from '../../src/runner/performing.ts'
import { workflowLabels } from '../../src/runner/workflow-metadata.ts'
import { after, approved, key, requested, t0 } from '../onboarding/builders.ts'

const catalogue = {
  installation: 'acme',
  clusters: [{ name: 'prod', title: 'prod', templates: ['sap-btp'], paused: 'it is being upgraded' }],
}
const paused = { code: 'unavailable', message: 'prod is paused: it is being upgraded' }

/** Everything that would touch the cluster is missing, so that a touch fails in another way. */
const work = (state?: object): RunWork => {
  const onboarding = after(requested(), approved())
  const run = currentRun(onboarding)
  if (run === undefined) throw new Error('nothing was approved')
  const tools = { catalogue, clock: { now: () => t0 }, workflows: { get: async () => state } }
  return { onboarding, index: 0, run, tools, tell: async () => onboarding } as unknown as RunWork
}

it('a request on a paused cluster is refused with the reason', () => {
  const tools = { catalogue, templates: { find: () => undefined } }
  const errors = checkRequest(
    { ...key, parameters: [] },
    tools as unknown as Parameters<typeof checkRequest>[1],
  )
  expect(errors).toEqual([{ field: 'cluster', text: 'prod is paused: it is being upgraded' }])
})

it('what was approved waits with the reason, and no Secret is made for it', async () => {
  await expect(submitWorkflow(work())).rejects.toMatchObject(paused)
})

it('a retry waits with the reason', async () => {
  const { onboarding, run } = work()
  const { installation } = catalogue
  const labels = workflowLabels(installation, onboarding, run)
  await expect(retryWorkflow(work({ labels }))).rejects.toMatchObject(paused)
})
