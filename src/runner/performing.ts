import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Event } from '../onboarding/events.ts'
import type { Onboarding, Run } from '../onboarding/onboarding.ts'
import type { Catalogue } from '../onboarding/ports/catalogue.ts'
import type { Credentials } from '../onboarding/ports/credentials.ts'
import type { Messenger } from '../onboarding/ports/messenger.ts'
import type { RunSecrets } from '../onboarding/ports/run-secrets.ts'
import type { Store } from '../onboarding/ports/store.ts'
import type { Templates } from '../onboarding/ports/templates.ts'
import type { Workflows } from '../onboarding/ports/workflows.ts'

/** What the runner reaches the world by. */
export interface Ports {
  readonly store: Store
  readonly workflows: Workflows
  readonly secrets: RunSecrets
  readonly credentials: Credentials
  readonly templates: Templates
  readonly catalogue: Catalogue
  readonly messenger: Messenger
  readonly clock: Clock
  readonly log: Log
}

/** What effects are performed with. */
export interface Tools extends Ports {
  /**
   * Resolves when a new workflow of the onboarding cannot double one that the bot has no record of. Throws
   * RemoteError: the cluster could not be looked at since the start (then it is tried now), or has such a workflow.
   */
  readonly checkUnrecorded: (onboarding: Onboarding) => Promise<void>
}

/** Enters an event about the onboarding that an effect belongs to, and gives the record that is there then. */
export type Tell = (event: Event) => Promise<Onboarding>

/** A run, and what it is part of. */
export type RunOf = Pick<RunWork, 'onboarding' | 'run' | 'tools'>

/** An effect about a run, at the moment in which it is performed. */
export interface RunWork {
  readonly onboarding: Onboarding
  readonly index: number
  readonly run: Run
  readonly tools: Tools
  readonly tell: Tell
}
