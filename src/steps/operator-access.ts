import type { Instance, OperatorCredentials, ServiceInstances } from './service-instances.ts'
import { StepError } from './step-error.ts'
import type { StepContext } from './step.ts'
import { unstopped } from './unstopped.ts'
import { waitInPace } from './wait-until.ts'

/** How long a plan may stay invisible in a new subaccount (milliseconds). */
const hiddenWithinMs = 3 * 60_000

const nameOf = (onboardingId: string): string => `operator-access-${onboardingId.slice(0, 12)}`

const isFailed = ({ last_operation: last }: Instance): boolean => last?.state === 'failed'

const whyFailed = ({ last_operation: last }: Instance): string =>
  unstopped(last?.errors?.description ?? 'it does not say why')

const ask = async (instances: ServiceInstances, onboardingId: string): Promise<void> => {
  const said = await instances.create(nameOf(onboardingId), onboardingId)
  if (said !== 'hidden') return
  throw new StepError(
    'conflict',
    'The plan "service-operator-access" of the Service Manager is not available in the subaccount. Entitle it in the cockpit, then retry.',
  )
}

/** Asks until the plan is visible. */
const askPatiently = async (
  instances: ServiceInstances,
  onboardingId: string,
  context: StepContext,
): Promise<void> => {
  const end = Date.now() + Math.min(hiddenWithinMs, context.pace.readyWithinMs)
  const late = 'The plan "service-operator-access" did not become visible in time. Retry later.'
  await waitInPace(
    () =>
      ask(instances, onboardingId).then(
        () => 'asked',
        (error: unknown) => {
          if (error instanceof StepError && error.kind === 'conflict' && Date.now() < end) return undefined
          throw error
        },
      ),
    { late, withinMs: 2 * hiddenWithinMs },
    context,
  )
}

/** Removes an instance with its bindings, and waits until it is gone; fine when it is not there. Throws StepError. */
export const removeInstance = async (
  instances: ServiceInstances,
  { id, name }: Instance,
  context: StepContext,
): Promise<void> => {
  for (const binding of await instances.bindings(id)) await instances.unbind(binding.id)
  await instances.delete(id)
  const look = async (): Promise<'gone' | undefined> => {
    const left = await instances.get(id)
    if (left === undefined) return 'gone'
    if (!isFailed(left)) return undefined
    throw new StepError(
      'conflict',
      `The Service Manager could not delete "${name}": ${whyFailed(left)}. Retry.`,
    )
  }
  const late = `The Service Manager has not finished deleting "${name}". Retry later.`
  await waitInPace(look, { late }, context)
}

const instanceOf = async (
  instances: ServiceInstances,
  onboardingId: string,
  { context, tell }: { context: StepContext; tell: (instance: string) => void },
): Promise<Instance> => {
  const known = await instances.findByLabel(onboardingId)
  if (known !== undefined && isFailed(known)) await removeInstance(instances, known, context)
  if (known === undefined || isFailed(known)) await askPatiently(instances, onboardingId, context)
  const look = async (): Promise<Instance | undefined> => {
    const found = await instances.findByLabel(onboardingId)
    // Before it is ready, so that a clean-up knows of it even where that takes too long.
    if (found !== undefined) tell(found.id)
    if (found === undefined || !isFailed(found)) return found?.ready === true ? found : undefined
    throw new StepError(
      'conflict',
      `The Service Manager could not make "${found.name}": ${whyFailed(found)}. Retry deletes it and makes a new one.`,
    )
  }
  const late = 'The Service Manager has not finished the access for the operator. Retry goes on waiting.'
  return waitInPace(look, { late }, context)
}

/**
 * The instance that gives the operator access, and its credentials: made once, and found again. `known` gets its id as
 * early as possible. Throws StepError.
 */
export const openOperatorAccess = async (
  instances: ServiceInstances,
  onboardingId: string,
  { context, known }: { context: StepContext; known: (instance: string) => void },
): Promise<{ instance: string; credentials: OperatorCredentials }> => {
  const { id: instance } = await instanceOf(instances, onboardingId, { context, tell: known })
  const name = nameOf(onboardingId)
  if ((await instances.bindings(instance)).length === 0) await instances.bind(instance, name)
  const look = async (): Promise<OperatorCredentials | undefined> => {
    const [binding] = await instances.bindings(instance)
    return binding === undefined ? undefined : instances.credentials(binding.id)
  }
  const late = 'The Service Manager gives no credentials for the operator yet. Retry goes on waiting.'
  return { instance, credentials: await waitInPace(look, { late }, context) }
}
