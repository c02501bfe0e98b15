/** What is to be done for an onboarding as its record stands. Each can be done again without doing it twice. */
export type Effect =
  | { readonly type: 'check-workflow' }
  | { readonly type: 'submit-workflow'; readonly run: number }
  | { readonly type: 'retry-workflow'; readonly run: number }
  | { readonly type: 'stop-workflow'; readonly run: number }
  /** `isLookDue`: what is known is too old to judge by, so that the workflow is looked at once. */
  | { readonly type: 'follow-workflow'; readonly run: number; readonly isLookDue: boolean }
  | { readonly type: 'read-log'; readonly run: number }
  | { readonly type: 'delete-run-secret'; readonly run: number }
  | { readonly type: 'start-cleanup' }
  | { readonly type: 'show-card'; readonly version: number }
  | { readonly type: 'post-notice'; readonly id: string }
  | { readonly type: 'redraw-notice'; readonly id: string }

/** Names an effect among those of the same onboarding and generation. */
export const effectId = (effect: Effect): string => {
  if ('run' in effect) return `${effect.type}:${effect.run}`
  // One card, whatever its version: a newer version waits for the post under way and is then due again.
  return 'id' in effect ? `${effect.type}:${effect.id}` : effect.type
}
