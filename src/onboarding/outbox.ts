import { without } from './change.ts'
import type {
  CardGone,
  CardShown,
  CardTrying,
  NoticeDelivered,
  NoticeRedrawn,
  NoticeTrying,
} from './events.ts'
import type { Notice, Onboarding } from './onboarding.ts'

const withNotice = (onboarding: Onboarding, id: string, change: (notice: Notice) => Notice): Onboarding => ({
  ...onboarding,
  notices: onboarding.notices.map((notice) => (notice.id === id ? change(notice) : notice)),
})

/** The notice whose buttons still make sense: the last that has some, until something is done about what it tells. */
export const offering = ({ phase, notices }: Onboarding): Notice | undefined =>
  phase === 'failed' || phase === 'cleanup-failed' ? notices.findLast(({ offers }) => offers) : undefined

/** Notices under which buttons may stand that make no sense any more. */
export const outlived = (onboarding: Onboarding): readonly Notice[] => {
  const last = offering(onboarding)
  return onboarding.notices.filter((notice) => notice.offers && notice.ts !== undefined && notice !== last)
}

/** The first post of the card is about to be made: should its answer be lost, it is looked for. */
export const onCardTrying = (onboarding: Onboarding, _event: CardTrying): Onboarding => ({
  ...onboarding,
  thread: { ...onboarding.thread, trying: true },
})

export const onCardShown = (onboarding: Onboarding, event: CardShown): Onboarding => ({
  ...onboarding,
  thread: {
    channel: event.channel,
    ts: event.ts,
    trying: false,
    version: onboarding.thread.version,
    shown: Math.max(onboarding.thread.shown, event.version),
  },
})

/** The card is looked for before it is posted anew, and what is due in its thread waits for that. */
export const onCardGone = (onboarding: Onboarding, { ts, channel }: CardGone): Onboarding => {
  const { thread } = onboarding
  if (thread.ts !== ts) return onboarding
  return { ...onboarding, thread: { channel, trying: true, version: thread.version, shown: 0 } }
}

export const onNoticeTrying = (onboarding: Onboarding, event: NoticeTrying): Onboarding =>
  withNotice(onboarding, event.id, (notice) => ({ ...notice, state: 'trying' }))

export const onNoticeDelivered = (onboarding: Onboarding, event: NoticeDelivered): Onboarding =>
  withNotice(onboarding, event.id, (notice) => ({
    ...notice,
    state: 'done',
    ...(event.ts !== undefined && { ts: event.ts }),
  }))

/** Its buttons are gone. */
export const onNoticeRedrawn = (onboarding: Onboarding, event: NoticeRedrawn): Onboarding =>
  withNotice(onboarding, event.id, (notice) => without(notice, 'offers'))
