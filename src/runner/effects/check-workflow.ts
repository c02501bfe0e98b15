import { inTime } from '../../in-time.ts'
import { plannedRun } from '../../onboarding/change.ts'
import type { WorkflowChecked } from '../../onboarding/events.ts'
import type { Onboarding, Run } from '../../onboarding/onboarding.ts'
import { RemoteError } from '../../onboarding/ports/remote-error.ts'
import { workflowName } from '../naming.ts'
import type { Tell, Tools } from '../performing.ts'
import { troubleOf } from '../trouble.ts'
import { dryRun } from './dry-run.ts'
import { sealedText } from './manifest.ts'

/** People wait for the card to say it, so argo-server gets this long (milliseconds). */
const answerMs = 2_000

const definite: ReadonlySet<string> = new Set(['invalid', 'forbidden', 'exists'])

/** The run that an approval would start. */
const runOf = (onboarding: Onboarding, { catalogue, clock }: Tools): Run => {
  const { key, runId, requester: by, template } = onboarding
  const kind = 'onboard'
  const at = clock.now()
  const name = workflowName({ installation: catalogue.installation, key, runId }, { kind, attempt: 1 })
  const start = {
    workflowName: name,
    workflowDigest: template.digest,
    steps: template.steps,
    submitBy: at,
    overdueAt: at,
  }
  return plannedRun(onboarding, { at, start }, { kind, by })
}

type Result =
  | { readonly result: 'taken' }
  | { readonly result: 'refused' | 'unanswered'; readonly text: string; readonly cure?: string }

const resultOf = (error: unknown): Result => {
  if (!(error instanceof RemoteError)) throw error
  return { result: definite.has(error.code) ? 'refused' : 'unanswered', ...troubleOf(error) }
}

const ask = async (onboarding: Onboarding, tools: Tools): Promise<Result> => {
  const run = runOf(onboarding, tools)
  const about = { onboarding: { ...onboarding, runs: [...onboarding.runs, run] }, run, tools }
  const asking = async (): Promise<void> => dryRun(about, await sealedText(about))
  try {
    const answer = await inTime(tools.clock, asking(), answerMs)
    if (answer !== 'late') return { result: 'taken' }
    return { result: 'unanswered', text: `argo-server did not answer within ${answerMs / 1_000} s.` }
  } catch (error) {
    return resultOf(error)
  }
}

/** Asks argo-server about the workflow that is to be decided on, and enters what it says. */
export const checkWorkflow = async (work: {
  readonly onboarding: Onboarding
  readonly tools: Tools
  readonly tell: Tell
}): Promise<void> => {
  const { onboarding, tools, tell } = work
  const result = await ask(onboarding, tools)
  const event: WorkflowChecked = { type: 'workflow-checked', at: tools.clock.now(), ...result }
  await tell(event)
}
