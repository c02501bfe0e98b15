import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { missingFor, readSettings, renderPlan } from './settings.ts'
import { TemplateRun } from './template-run.ts'

const settings = readSettings(process.env)
const runs = settings && {
  making: new TemplateRun('onboard', settings),
  undoing: new TemplateRun('cleanup', settings),
}
if (settings !== undefined && runs !== undefined) {
  console.log(renderPlan(settings, [...runs.making.steps, ...runs.undoing.steps]))
}
const missing = missingFor(settings, process.env)

describe.skipIf(missing !== undefined)(`sap-btp in a real global account (${missing ?? 'confirmed'})`, () => {
  let making: TemplateRun
  let undoing: TemplateRun
  let isClean = false

  beforeAll(() => {
    if (runs === undefined) throw new Error('there are no settings')
    ;({ making, undoing } = runs)
  })

  const succeeds = async (run: TemplateRun, step: string): Promise<void> => {
    console.log(`${new Date().toISOString()} ${step}`)
    const { exitCode, terminationMessage } = await run.run(step, making.outputs)
    expect(`${step} ended with ${exitCode}: ${terminationMessage}`).toBe(`${step} ended with 0: `)
  }
  const cleanUp = async (): Promise<void> => {
    for (const step of undoing.steps) await succeeds(undoing, step)
    expect(undoing.outputs['remaining']).toBe('[]')
  }

  // Whatever failed, what was made is deleted again, newest first.
  afterAll(async () => {
    if (!isClean) await cleanUp()
  })

  it('nothing of an earlier run is left', cleanUp)

  it('the steps make everything, and a second run of each makes nothing again', async () => {
    for (const step of making.steps) {
      await succeeds(making, step)
      const once = { ...making.outputs }
      await succeeds(making, step)
      expect(making.outputs).toEqual(once)
    }
    console.log(`what exists now: ${JSON.stringify(making.outputs)}`)
    expect(Object.values(making.outputs)).not.toContain('')
  })

  it('the undoing leaves nothing, and finds it done when it runs again', async () => {
    await cleanUp()
    isClean = true
    await cleanUp()
  })
})
