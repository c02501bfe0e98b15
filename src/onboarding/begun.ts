import type { Onboarding, Run } from './onboarding.ts'

// A workflow that was gone before its end was seen may have done more than anybody saw.
const isKnownToItsEnd = ({ uid, finishedAt }: Run): boolean => uid === undefined || finishedAt !== undefined

/** Whether nothing of the onboarding was ever on a cluster. */
export const isBare = ({ runs }: Pick<Onboarding, 'runs'>): boolean =>
  runs.every(({ uid }) => uid === undefined)

/** Whether it is known that this step of the onboarding never began, so that nothing of it can be there. */
export const isUntouched = ({ runs, notices }: Onboarding, name: string): boolean => {
  // A retry takes a failed step back to where it had not begun; what was told of it stays.
  const hasFailed = notices.some(({ kind, step }) => kind === 'run-failed' && step === name)
  return (
    !hasFailed &&
    runs
      .filter(({ kind }) => kind === 'onboard')
      .every((run) => {
        const step = run.steps.find((one) => one.name === name)
        return isKnownToItsEnd(run) && (step?.phase === 'pending' || step?.phase === 'skipped')
      })
  )
}
