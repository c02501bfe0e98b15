import type { AppOptions, ReceiverEvent } from '@slack/bolt'

import type { Log } from '../log.ts'
import { App } from './bolt.ts'
import { nameOf } from './payloads.ts'

const acknowledged = new WeakSet<object>()

/** Whether the payload of this `ack` has been acknowledged. */
export const isAcknowledged = (ack: object): boolean => acknowledged.has(ack)

/**
 * Bolt's app, which leaves a payload that it cannot read without an acknowledgement (@slack/bolt 5.1.0,
 * App.processEvent): Slack would wait for three seconds, and so would whoever caused it.
 */
export class AnsweringApp extends App {
  readonly #log: Log

  constructor(options: AppOptions, log: Log) {
    super(options)
    this.#log = log
  }

  override async processEvent(event: ReceiverEvent): Promise<void> {
    const ack: ReceiverEvent['ack'] = async (response) => {
      acknowledged.add(ack)
      await event.ack(response)
    }
    const payload = nameOf(event.body)
    try {
      await super.processEvent({ ...event, ack })
    } catch (error) {
      this.#log.error({ payload, err: error }, 'a payload could not be read')
    }
    if (isAcknowledged(ack)) return
    this.#log.warn({ payload }, 'nobody answered a payload')
    await ack()
  }
}
