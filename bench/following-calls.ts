import { type Row, row, sleep } from './row.ts'
import { clusters, setStage, type Stage, until } from './stage.ts'

const onboardings = 50
/** Long enough for the list of the minute. */
const runMs = 65_000

/** Asks for all of them as Ada, and approves each as Ben, until all are submitted. */
const submitAll = async ({ fleet, world }: Stage): Promise<void> => {
  const { people, workspace } = world.slack
  for (let index = 0; index < onboardings; index += 1) {
    await people.command(
      'U0ADA',
      `/onboard c1 team-${index} display-name=T subdomain=team-${index}`,
      'C0ONBOARD',
    )
    await until('the form', () => people.view('U0ADA') !== undefined)
    await people.submit('U0ADA')
    people.close('U0ADA')
  }
  const isCard = (one: { channel: string; threadTs?: string | undefined }): boolean =>
    one.channel === 'C0ONBOARD' && one.threadTs === undefined
  await until('the cards', () => workspace.messages.filter(isCard).length === onboardings, 300_000)
  const approved = new Set<string>()
  const approve = async (): Promise<void> => {
    for (const { ts } of workspace.messages.filter(isCard)) {
      const button = people.buttons('C0ONBOARD', ts).find(({ label }) => label === 'Approve')
      if (button === undefined || approved.has(ts)) continue
      approved.add(ts)
      await people.click('U0BEN', button)
    }
  }
  for (const begin = performance.now(); fleet.workflows.size < onboardings; await sleep(100)) {
    if (performance.now() - begin > 300_000) throw new Error('not everything was submitted')
    await approve()
  }
}

/** Fifty onboardings on one cluster, from the form to the end. */
export const measureCalls = async (): Promise<readonly Row[]> => {
  const stage = await setStage(0)
  const { bot, fleet } = stage
  try {
    await bot.start()
    await until('all streams', () => fleet.followed === clusters.length)
    await submitAll(stage)
    const begin = performance.now()
    await sleep(runMs)
    for (const workflow of fleet.workflows.values())
      for (let step = 0; step < 6; step += 1) fleet.change(workflow)
    await sleep(5_000)
    const minutes = (performance.now() - begin) / 60_000
    const peer = `${onboardings} on one cluster`
    const each = (count: number): number => count / onboardings
    return [
      row('argo-calls-per-onboarding', each(fleet.calls.other), { goal: 4, unit: 'calls', peer }),
      row('argo-streams-per-onboarding', each(fleet.calls.stream - (clusters.length - 1)), {
        goal: 0.1,
        unit: 'streams',
        peer,
      }),
      // Each cluster was looked at once after the start, before any of it ran.
      row('argo-lists-per-minute-of-run', each(fleet.calls.list - clusters.length) / minutes, {
        goal: 0.02,
        unit: 'lists',
        peer,
      }),
    ]
  } finally {
    await stage.end()
  }
}

export const callNames = [
  'argo-calls-per-onboarding',
  'argo-streams-per-onboarding',
  'argo-lists-per-minute-of-run',
] as const
