/** Why a webhook is paused, in words for its owner. */
export const PAUSE_REASONS = {
  byHand: 'it was paused by hand.',
  gone: 'its receiver answered 410 Gone.',
  failing: 'nothing could be delivered to it for 3 days.',
} as const;
export type PauseCause = keyof typeof PAUSE_REASONS;
export const PAUSE_CAUSES = Object.keys(PAUSE_REASONS) as PauseCause[];
