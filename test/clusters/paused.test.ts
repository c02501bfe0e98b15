import { expect, it } from 'vitest'

import { currentRun } from '../../src/onboarding/onboarding.ts'
import type { Catalogue } from '../../src/onboarding/ports/catalogue.ts'
import type { WorkflowState } from '../../src/onboarding/ports/workflows.ts'
import { checkRequest } from '../../src/runner/check-request.ts'
import { retryWorkflow } from '../../src/runner/effects/retry-workflow.ts'
import { submitWorkflow } from '../../src/runner/effects/submit-workflow.ts'
import type { RunWork } from '../../src/runner/performing.ts'
import { workflowLabels } from '../../src/runner/workflow-metadata.ts'
import { after, approved, key, requested, state } from '../onboarding/builders.ts'
import { World } from '../simulation/world.ts'

const world = new World(() => 0)
const isPaused = { paused: 'it is being upgraded' }
const simulated = world.tools({ isAlive: true })
const catalogue: Catalogue = {
  ...simulated.catalogue,
  clusters: simulated.catalogue.clusters.map((cluster) => ({ ...cluster, ...isPaused })),
}
const paused = { code: 'unavailable', message: 'prod is paused: it is being upgraded' }

const work = (found?: WorkflowState): RunWork => {
  const onboarding = after(requested(), approved())
  const run = currentRun(onboarding)
  if (run === undefined) throw new Error('nothing was approved')
  const workflows = { ...simulated.workflows, get: async () => found }
  const tools = { ...simulated, catalogue, workflows, checkUnrecorded: async () => undefined }
  return { onboarding, index: 0, run, tools, tell: async () => onboarding }
}

const expectUntouched = (): void => {
  expect([world.secrets.size, world.created]).toEqual([0, []])
}

it('a request on a paused cluster is refused with the reason', () => {
  const errors = checkRequest({ ...key, parameters: [] }, { ...simulated, catalogue })
  expect(errors).toEqual([{ field: 'cluster', text: 'prod is paused: it is being upgraded' }])
})

it('what was approved waits with the reason, and no Secret is made for it', async () => {
  await expect(submitWorkflow(work())).rejects.toMatchObject(paused)
  expectUntouched()
})

it('a retry waits with the reason', async () => {
  const { onboarding, run } = work()
  const { installation } = catalogue
  const labels = workflowLabels(installation, onboarding, run)
  await expect(retryWorkflow(work(state({ labels })))).rejects.toMatchObject(paused)
  expectUntouched()
})
