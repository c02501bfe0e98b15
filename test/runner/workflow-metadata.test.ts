import { describe, expect, it } from 'vitest'

import type { WorkflowState } from '../../src/onboarding/ports/workflows.ts'
import { isOwn, workflowLabels } from '../../src/runner/workflow-metadata.ts'
import { phases } from '../onboarding/builders.ts'

describe('a workflow under the name of a run', () => {
  const onboarding = phases().running
  const [run] = onboarding.runs
  if (run === undefined) throw new Error('there is no run')
  const labels = workflowLabels('sandbox', onboarding, run)
  const found: WorkflowState = {
    name: run.workflowName,
    uid: 'uid',
    steps: [],
    outputs: [],
    labels,
    annotations: {},
  }

  it('is the own one when it carries every label', () => {
    expect(isOwn(found, labels)).toBe(true)
    expect(isOwn({ ...found, labels: { ...labels, 'workflows.argoproj.io/phase': 'Running' } }, labels)).toBe(
      true,
    )
  })
  it.each(Object.keys(labels))('is a stranger with another %s', (label) => {
    expect(isOwn({ ...found, labels: { ...labels, [label]: 'other' } }, labels)).toBe(false)
  })
  it('is a stranger with another seal: what was approved is not what runs there', () => {
    const other = workflowLabels('sandbox', { ...onboarding, seal: `${onboarding.seal}x`.slice(-64) }, run)
    expect(isOwn({ ...found, labels: other }, labels)).toBe(false)
  })
  it('is a stranger when somebody copied it from ours', () => {
    expect(isOwn({ ...found, resubmittedFrom: 'other' }, labels)).toBe(false)
  })
})
