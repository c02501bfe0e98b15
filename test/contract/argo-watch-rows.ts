import { objectAt, textAt } from '../../sandbox/kubernetes/json.ts'
import type { ArgoMoments } from './argo-moments.ts'
import { eventsOf, recordedFrames } from './argo-stream.ts'
import { readRecording } from './sandbox-world.ts'

interface LeftOut {
  /** Its place among the events of the recording. */
  readonly at: number
  readonly type: string
  readonly why: string
}

interface Row {
  /** The workflow whose events are compared. The copies of it that a person made in the recording are not. */
  readonly workflow: string
  /** The sandbox, where it is not as the other rows want it. */
  readonly options?: Parameters<typeof ArgoMoments.begin>[0]
  /** What happens before the watch begins. */
  readonly before?: (moments: ArgoMoments) => Promise<void>
  /** What happens while it is open. */
  readonly meanwhile: (moments: ArgoMoments) => Promise<void>
  /** Recorded events that the sandbox does not send. */
  readonly leftOut?: readonly LeftOut[]
}

const succeeded = 'onboard-ok-mwto9k0h'
const failed = 'onboard-fail-mwtobw11'
const older = 'onboard-ok-mwtpodtq'
const cut = 'cut-mwtool9k'
const bookmarkMs = 60_000

/** Submits the workflow that a recorded watch tells of, as the watch shows it first. */
const submit = async (moments: ArgoMoments, recording: string, workflow: string): Promise<void> => {
  const events = eventsOf(recordedFrames(readRecording('argo-server', recording)), workflow)
  const added = events.find((event) => textAt(event, 'type') === 'ADDED')
  await moments.submitShown(objectAt(added, 'object'))
}

const succeed =
  (recording: string) =>
  async (moments: ArgoMoments): Promise<void> => {
    moments.stepsEndAs('get-succeeded')
    await submit(moments, recording, succeeded)
    await moments.until('get-succeeded')
  }

// Older servers differ in nothing that a run shows.
const olderVersion = (version: string): Row => ({
  workflow: older,
  options: { bookmarkMs },
  meanwhile: async (moments) => {
    moments.stepsEndAs('get-succeeded')
    await submit(moments, `${version}/watch-sse-bookmarks`, older)
    await moments.passUntil(older, hasSucceeded)
    moments.clock.advance(bookmarkMs)
  },
})

const hasSucceeded = (workflow: unknown): boolean =>
  textAt(objectAt(workflow, 'status'), 'phase') === 'Succeeded'
const isRunning = (workflow: unknown): boolean => textAt(objectAt(workflow, 'status'), 'phase') === 'Running'

const retry = async (moments: ArgoMoments): Promise<void> => {
  await moments.act(failed, 'retry')
  await moments.passUntil(failed, isRunning)
  await moments.until('get-failed-again')
}

/** What happened around each recorded watch. How long each pass of the controller took is not compared. */
export const watchRows: Readonly<Record<string, Row>> = {
  'watch-sse-whole-run': { workflow: succeeded, meanwhile: succeed('watch-sse-whole-run') },
  'watch-sse-bookmarks': {
    workflow: succeeded,
    options: { bookmarkMs },
    meanwhile: async (moments) => {
      await succeed('watch-sse-bookmarks')(moments)
      moments.clock.advance(bookmarkMs)
    },
    leftOut: [{ at: 3, type: 'BOOKMARK', why: 'a second after the start Kubernetes sent one out of turn' }],
  },
  '3.7.18/watch-sse-bookmarks': olderVersion('3.7.18'),
  '4.0.10/watch-sse-bookmarks': olderVersion('4.0.10'),
  'watch-sse-failing-run-and-retry': {
    workflow: failed,
    meanwhile: async (moments) => {
      moments.stepsEndAs('get-failed')
      await submit(moments, 'watch-sse-failing-run-and-retry', failed)
      await moments.until('get-failed')
      moments.stepsEndAs('get-failed-again')
      await retry(moments)
      await retry(moments)
    },
    leftOut: [
      {
        at: 2,
        type: 'MODIFIED',
        why: 'one pass of the controller fell between the placing of the first pod and its start; in no other run did one',
      },
    ],
  },
  'watch-delete': {
    workflow: succeeded,
    before: succeed('watch-delete'),
    meanwhile: async (moments) => {
      await moments.call('DELETE', `/${succeeded}`)
    },
  },
  'watch-cut-by-server-restart': {
    workflow: cut,
    meanwhile: async (moments) => {
      moments.stepsEndAs('get-running')
      await submit(moments, 'watch-cut-by-server-restart', cut)
      await moments.passUntil(cut, isRunning)
    },
  },
}
