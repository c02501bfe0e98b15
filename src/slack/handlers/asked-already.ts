import { inTime } from '../../in-time.ts'
import { keySchema, keyText } from '../../onboarding/key.ts'
import type { Onboarding, Parameter } from '../../onboarding/onboarding.ts'
import { refusalOfRepeat } from '../../onboarding/request.ts'
import type { Message } from '../messages/card.ts'
import type { Prefill } from '../messages/form.ts'
import { renderRefusal } from '../messages/refusal.ts'
import { callerOf, type Context } from './context.ts'

/** Of the three seconds in which Slack opens a form, this much is spent on looking (milliseconds). */
const lookMs = 1_000

const offeredAt = ({ catalogue }: Context, cluster: string | undefined): readonly string[] =>
  catalogue.clusters.find(({ name }) => name === cluster)?.templates ?? []

/** The onboarding that the form would open for; undefined where there is none, or the place is not whole. */
const existingAt = async (
  context: Context,
  { cluster, namespace, template }: Prefill,
): Promise<Onboarding | undefined> => {
  const { commands, log } = context
  const first = offeredAt(context, cluster)[0]
  const key = keySchema.safeParse({ cluster, namespace, template: template ?? first }).data
  if (key === undefined) return undefined
  try {
    return await commands.find(key)
  } catch (error) {
    // Sending the form says so, and keeps what was typed.
    log.warn({ key: keyText(key), err: error }, 'it cannot be told whether there is one already')
    return undefined
  }
}

/** What was typed over what is there: a value that nobody named is no wish for another. */
const wished = (is: readonly Parameter[], typed: readonly Parameter[]): readonly Parameter[] =>
  is.map(({ name, value }) => ({
    name,
    value: typed.find((one) => one.name === name)?.value.trim() ?? value,
  }))

/** How to ask for another template, where none was named. */
const otherTemplates = (context: Context, { cluster, namespace, template }: Prefill): readonly string[] => {
  const [, ...others] = offeredAt(context, cluster)
  return template !== undefined || others.length === 0
    ? []
    : [
        `For another template, name it: ${others.map((name) => `\`/onboard ${cluster} ${namespace} ${name}\``).join(', ')}`,
      ]
}

const answerAbout = async (
  context: Context,
  prefill: Prefill,
  user: string,
): Promise<Message | undefined> => {
  const existing = await existingAt(context, prefill)
  if (existing === undefined) return undefined
  const { cluster, template } = existing.key
  const policy = context.catalogue.terms(cluster, template)?.policy
  if (policy === undefined) return undefined
  const by = await callerOf(context, { id: user }, existing.key)
  const parameters = wished(existing.parameters, prefill.values)
  const refused = refusalOfRepeat(existing, { by, policy, parameters })
  // A moment later the form may be sent.
  return refused === undefined || refused.reason === 'settling'
    ? undefined
    : renderRefusal(refused, context.threadLink, ...otherTemplates(context, prefill))
}

/**
 * What sending the form would be answered with, where a place is named that has an onboarding which refuses another;
 * undefined where the form is to be opened, also because that is not known in time.
 */
export const askedAlready = async (
  context: Context,
  prefill: Prefill,
  user: string,
): Promise<Message | undefined> => {
  const answer = await inTime(context.clock, answerAbout(context, prefill, user), lookMs)
  return answer === 'late' ? undefined : answer
}
