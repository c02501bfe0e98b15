import { randomBytes, randomUUID } from 'node:crypto'

import type { Clock } from '../clock.ts'
import type { Asked, Event, Start } from '../onboarding/events.ts'
import type { Key } from '../onboarding/key.ts'
import type { Onboarding, Run } from '../onboarding/onboarding.ts'
import type { Rule } from '../onboarding/policy.ts'
import type { Catalogue, Terms } from '../onboarding/ports/catalogue.ts'
import type { Template, WorkflowFile } from '../onboarding/ports/templates.ts'
import { filledParameters } from './check-request.ts'
import type { RequestInput, Wish } from './commands.ts'
import { sealOf, workflowName } from './naming.ts'

const nobody: Rule = { allow: [], deny: [] }

/** What holds where the cluster or the template is not offered any more: nobody may do anything. */
const noTerms: Terms = {
  policy: {
    rules: {
      request: nobody,
      approve: nobody,
      extend: nobody,
      stop: nobody,
      retry: nobody,
      cleanup: nobody,
      'cleanup-succeeded': nobody,
    },
    admins: nobody,
    approvals: 1,
    requesterMayApprove: false,
  },
  channel: '',
  onFailure: 'ask',
  decideWithinMs: 0,
  submitWithinMs: 0,
  overdueAfterMs: 0,
}

/** Makes an event once it is known what is there already. */
export type MakeEvent = (existing: Onboarding | undefined) => Event

/** Turns what people wish into events: adds the time, today's policy, names, digests and deadlines. */
export class Wishes {
  readonly #catalogue: Catalogue
  readonly #clock: Clock

  constructor({ catalogue, clock }: { catalogue: Catalogue; clock: Clock }) {
    this.#catalogue = catalogue
    this.#clock = clock
  }

  asked({ key, by, seen }: Wish): Asked {
    const { policy } = this.#termsOf(key)
    return { at: this.#clock.now(), by, policy, ...(seen !== undefined && { seen }) }
  }

  request(input: RequestInput, template: Template, wish: Wish): MakeEvent {
    const { key } = wish
    const terms = this.#termsOf(key)
    const parameters = filledParameters(template, input.parameters)
    const { digest, steps } = template.onboard
    const runId = randomUUID()
    const nonce = randomBytes(12).toString('base64url')
    return (existing) => {
      const asked = this.asked(wish)
      const generation = (existing?.generation ?? 0) + 1
      return {
        type: 'requested',
        ...asked,
        key,
        template: { title: template.title, digest, steps, cleanupSteps: template.cleanup.steps },
        parameters,
        channel: terms.channel,
        seal: sealOf({ key, generation, parameters, digest }),
        runId,
        nonce,
        decideBy: asked.at + terms.decideWithinMs,
        onFailure: terms.onFailure,
        start: this.#start({ key, runId, runs: [] }, 'onboard', { workflowDigest: digest, steps }),
      }
    }
  }

  /** The start of the sealed workflow. */
  onboardStart(key: Key, existing: Onboarding | undefined): Start {
    const { template, runId, runs } = existing ?? { template: { digest: '', steps: [] }, runId: '', runs: [] }
    const { digest, steps } = template
    return this.#start({ key, runId, runs }, 'onboard', { workflowDigest: digest, steps })
  }

  cleanup(wish: Omit<Wish, 'by'> & { readonly by: Wish['by'] | 'bot' }, file: WorkflowFile): MakeEvent {
    const { key, by, seen } = wish
    return (existing) => {
      const { runId, runs } = existing ?? { runId: '', runs: [] }
      const { policy } = this.#termsOf(key)
      const start = this.#start({ key, runId, runs }, 'cleanup', {
        workflowDigest: file.digest,
        steps: file.steps,
      })
      const at = this.#clock.now()
      return { type: 'cleanup-asked', at, by, policy, start, ...(seen !== undefined && { seen }) }
    }
  }

  #termsOf(key: Key): Terms {
    return this.#catalogue.terms(key.cluster, key.template) ?? noTerms
  }

  #start(
    about: { key: Key; runId: string; runs: readonly Run[] },
    kind: Run['kind'],
    file: Pick<Start, 'workflowDigest' | 'steps'>,
  ): Start {
    const { installation } = this.#catalogue
    const attempt = about.runs.filter((run) => run.kind === kind).length + 1
    const { submitWithinMs, overdueAfterMs } = this.#termsOf(about.key)
    const submitBy = this.#clock.now() + submitWithinMs
    return {
      ...file,
      workflowName: workflowName({ installation, ...about }, { kind, attempt }),
      submitBy,
      overdueAt: submitBy + overdueAfterMs,
    }
  }
}
