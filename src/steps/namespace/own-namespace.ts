import { z } from 'zod'

import { ownerEnvironment } from '../environment.ts'
import { StepError } from '../step-error.ts'
import type { ClusterObjects, Found, Manifest, ObjectName } from './cluster-objects.ts'

/** The label that tells which onboarding made a thing: nothing else is ever adopted or deleted. */
const ownerLabel = 'onboard-bot.dev/onboarding-id'

/** What every step about a namespace is told. */
export type About = z.infer<typeof ownerEnvironment>

/** What the undoing is told beside it. */
export const undoEnvironment = ownerEnvironment.extend({
  /** The namespace that the onboarding made; empty when it never came so far. */
  NAMESPACE_UID: z.string().default(''),
})

export const namespaceName = ({ NAMESPACE }: About): ObjectName => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: NAMESPACE },
})

export const isOwn = (found: Found, { ONBOARDING_ID }: About): boolean =>
  found.metadata.labels?.[ownerLabel] === ONBOARDING_ID

export const isTerminating = ({ status }: Found): boolean => status?.phase === 'Terminating'

/** The manifest with our label on it. */
export const labelled = (manifest: Manifest, { ONBOARDING_ID }: About): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, labels: { ...manifest.metadata.labels, [ownerLabel]: ONBOARDING_ID } },
})

/** The onboarding's own namespace. Throws StepError when it is gone or somebody else's. */
export const ownNamespace = async (objects: ClusterObjects, about: About): Promise<Found> => {
  const found = await objects.find(namespaceName(about))
  if (found === undefined || isTerminating(found)) {
    throw new StepError(
      'conflict',
      `The namespace "${about.NAMESPACE}" is ${found === undefined ? 'gone' : 'being deleted'}. Clean up, then ask again.`,
    )
  }
  if (!isOwn(found, about)) throw foreign(about)
  return found
}

/** A namespace that this onboarding did not make. */
export const foreign = ({ NAMESPACE, ONBOARDING_ID }: About): StepError =>
  new StepError(
    'refused',
    `The namespace "${NAMESPACE}" is there and this onboarding did not make it, so it is left alone. Ask for another name; or hand it over and retry: kubectl label namespace ${NAMESPACE} ${ownerLabel}=${ONBOARDING_ID} (a clean-up then deletes it).`,
  )

/**
 * The namespace whose making is to be undone; undefined when there is none of ours: nothing is left then, whatever
 * else has the name. Throws StepError when it was ours and is not labelled so any more.
 */
export const namespaceToUndo = async (
  objects: ClusterObjects,
  about: z.infer<typeof undoEnvironment>,
): Promise<Found | undefined> => {
  const found = await objects.find(namespaceName(about))
  if (found === undefined || isOwn(found, about)) return found
  if (found.metadata.uid !== about.NAMESPACE_UID) return undefined
  throw new StepError(
    'refused',
    `The namespace "${about.NAMESPACE}" was made by this onboarding and has lost its label, so somebody may have taken it over. Put the label ${ownerLabel}=${about.ONBOARDING_ID} back, or delete the namespace by hand; then clean up again.`,
  )
}

/** Applies an object of ours in the namespace. Throws StepError, also when one of its name is not ours. */
export const applyOwn = async (objects: ClusterObjects, manifest: Manifest, about: About): Promise<void> => {
  const known = await objects.find(manifest)
  if (known !== undefined && !isOwn(known, about)) {
    const { kind, metadata } = manifest
    throw new StepError(
      'refused',
      `There is a ${kind} "${metadata.name}" in "${about.NAMESPACE}" that this onboarding did not make. Rename or delete it, then retry.`,
    )
  }
  await objects.apply(labelled(manifest, about))
}

/** Deletes an object of ours; fine when it is gone, and one of its name that is not ours is left alone. */
export const removeOwn = async (objects: ClusterObjects, name: ObjectName, about: About): Promise<void> => {
  const known = await objects.find(name)
  if (known !== undefined && isOwn(known, about)) await objects.delete(name, known)
}
