import type { Onboarding, Parameter } from '../onboarding.ts'
import type { Policy } from '../policy.ts'
import type { PodSettings } from './templates.ts'

/** What the configuration says about one template on one cluster. */
export interface Terms {
  readonly policy: Policy
  readonly channel: string
  readonly onFailure: Onboarding['onFailure']
  readonly decideWithinMs: number
  readonly submitWithinMs: number
  readonly overdueAfterMs: number
}

/** The configured offer. */
export interface Catalogue {
  readonly clusters: readonly {
    readonly name: string
    readonly title: string
    readonly templates: readonly string[]
    /** Why nothing is submitted there for now. */
    readonly paused?: string
    readonly pods?: PodSettings
  }[]
  /** Undefined when the template is not offered on the cluster. */
  readonly terms: (cluster: string, template: string) => Terms | undefined
  /** The values that the bot fills in beside the names it makes itself, such as the steps' image. */
  readonly fixedValues: (cluster: string) => readonly Parameter[]
  readonly installation: string
}
