import { describe, expect, it } from 'vitest'

import { podFaults, podTrouble } from '../../sandbox/argo/pod-faults.ts'
import { errorOf } from '../../src/argo/errors.ts'
import { workflowSchema } from '../../src/argo/schemas.ts'
import { stateOf } from '../../src/argo/steps.ts'
import { failureOf, hindranceOf, meaningOf } from '../../src/onboarding/unwell.ts'
import { troubleOf } from '../../src/runner/trouble.ts'
import { readRecording, recordingNames } from './player.ts'

/** What people read of each workflow as a real argo-server showed it; `moves on` where nothing is in the way. */
const rows: Readonly<Record<string, string>> = {
  'get-continue-on-and-when': 'succeeded',
  'get-deadline-exceeded': 'It took longer than its deadline allows.',
  'get-exclude-fields': 'succeeded',
  'get-failed': 'helm: chart service-broker-proxy not found',
  'get-failed-again': 'helm: chart service-broker-proxy not found',
  'get-image-pull-failure': 'The image registry.invalid/none:1 cannot be pulled.',
  'get-just-after-retry': 'moves on',
  'get-just-after-stop': 'moves on',
  'get-latest': 'succeeded',
  'get-mutex-done': 'succeeded',
  'get-mutex-holding': 'moves on',
  // Only the time that passes tells that no controller is there.
  'get-no-phase-or-first': 'moves on',
  'get-retried-running': 'moves on',
  'get-retry-strategy-exhausted': 'helm: chart service-broker-proxy not found',
  'get-running': 'moves on',
  'get-secret-missing': 'The secret missing-secret, which the step needs, is not there.',
  'get-service-account-without-rights':
    'The ServiceAccount shared:nobody of the steps may not report their results.',
  'get-stopped': 'Somebody stopped it in Argo.',
  'get-succeeded': 'succeeded',
  'get-suspend-node-done': 'succeeded',
  'get-suspend-node-waiting': 'The step wait-for-person waits for somebody to resume it in Argo.',
  'get-suspended': 'It is suspended in Argo.',
  'get-terminated': 'Somebody terminated it in Argo.',
  'get-terminated-running': 'Somebody terminated it in Argo.',
  'get-unknown-service-account': 'The ServiceAccount does-not-exist does not exist in the namespace shared.',
  'get-with-outputs': 'succeeded',
  'get-without-controller': 'moves on',
  'shape-get-cleanup': 'succeeded',
  'shape-get-failed': 'The chart service-broker-proxy was not found in the repository.',
  'shape-get-retry-with-secret': 'The chart service-broker-proxy was not found in the repository.',
  'shape-get-retry-without-secret': 'The secret run-sap-btp-mwtq6cvz, which the step needs, is not there.',
}

const answerOf = (name: string): ReturnType<typeof workflowSchema.safeParse> =>
  workflowSchema.safeParse(readRecording(name).response.json)

/** As the record keeps it: what failed first stands first. */
const readBy = (name: string): string => {
  const state = stateOf(workflowSchema.parse(readRecording(name).response.json))
  if (state.phase === 'Succeeded') return 'succeeded'
  if (state.phase !== 'Failed' && state.phase !== 'Error') return hindranceOf(state)?.text ?? 'moves on'
  const { message } = failureOf(state, state.steps.find(({ phase }) => phase === 'failed')?.message)
  return message
}

describe('a workflow as a real argo-server showed it', () => {
  it('has a row for every recorded get that answers with a whole workflow', () => {
    const recorded = recordingNames().filter(
      (name) => /^(shape-)?get-/.test(name) && answerOf(name).success && name !== 'get-fields',
    )
    expect(recorded.toSorted()).toEqual(Object.keys(rows).toSorted())
  })

  it.each(Object.entries(rows))('%s: people read "%s"', (name, text) => {
    expect(readBy(name)).toBe(text)
  })
})

const recordedRefusals = {
  'list-forbidden': 'The bot may not list workflows in the namespace shared.',
  'list-garbage-bearer': 'argo-server does not take the token of the bot.',
  'list-no-token': 'argo-server does not take the token of the bot.',
}

it.each(Object.entries(recordedRefusals))('the refusal %s is told in plain words', (name, text) => {
  const { status, json } = readRecording(name).response
  const error = errorOf({ status, body: JSON.stringify(json), waitMs: undefined }, {})
  expect(troubleOf(error)).toEqual({ text, cure: expect.stringMatching(/^[A-Z].*doctor says/) as string })
})

describe("the sandbox's pod faults", () => {
  const podMessageIn = (name: string): string | undefined => {
    const { status } = workflowSchema.parse(readRecording(name).response.json)
    return Object.values(status.nodes ?? {}).find(
      ({ type, message }) => type === 'Pod' && message !== undefined,
    )?.message
  }
  const about = (name: string): Parameters<typeof podTrouble>[1] => {
    const { spec } = readRecording(name).response.json as { spec: object }
    const podName = /^pods "([^"]+)"/.exec(podMessageIn(name) ?? '')?.[1] ?? ''
    const workflow = { metadata: { namespace: 'shared' }, spec } as Parameters<
      typeof podTrouble
    >[1]['workflow']
    return { workflow, podName, image: 'registry.invalid/none:1' }
  }

  it.each([
    ['image-pull', 'get-image-pull-failure'],
    ['secret', 'get-secret-missing'],
    ['service-account', 'get-unknown-service-account'],
    ['executor-rights', 'get-service-account-without-rights'],
    ['deadline', 'get-deadline-exceeded'],
  ] as const)('%s speaks as %s', (fault, name) => {
    expect(podTrouble(fault, about(name)).message).toBe(podMessageIn(name))
  })

  it.each(podFaults)('%s is understood', (fault) => {
    const { message } = podTrouble(fault, about('get-image-pull-failure'))
    expect(meaningOf(message.replace(/^wait: Error \(exit code 64\): /, ''))).toBeDefined()
  })
})

describe('a refusal as a real argo-server gave it', () => {
  it.each([
    ['create-forbidden', 'nobody', 'create workflows'],
    ['get-forbidden', 'nobody', 'get workflows'],
    ['watch-forbidden-sse', 'nobody', 'watch workflows'],
  ])('%s names who may not do what, and the cure', (name, who, what) => {
    const { json, chunks } = readRecording(name).response
    const body =
      json ?? (JSON.parse((chunks?.[0]?.text ?? '').replace('data: ', '')) as { error: unknown }).error
    const meaning = meaningOf(`argo-server: ${(body as { message: string }).message}`)
    expect(meaning?.text).toContain(`${who} may not ${what}`)
    expect(meaning?.cure).toContain('Role')
  })
})
