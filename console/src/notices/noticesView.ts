import type { NoticeKind } from '../../../src/core/notice.ts';

export type { NoticeKind } from '../../../src/core/notice.ts';

/** Every kind, the most pressing first; `Record`, so that none is left out. */
const ALL: Record<NoticeKind, true> = {
  'key.leaked': true,
  'limit.reached': true,
  'key.expiry': true,
  'key.rotation': true,
  'key.newAddress': true,
  'key.spike': true,
  'key.refusals': true,
  'webhook.paused': true,
};
export const KINDS = Object.keys(ALL) as NoticeKind[];

/** What the page of notices shows; all of it stands in the address. */
export interface NoticesView {
  readonly kind?: NoticeKind | undefined;
  /** Chosen by who sees only their own keys. */
  readonly keyId?: string | undefined;
  readonly tab?: 'webhooks';
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readNoticesView({ kind, tab, keyId }: Record<string, unknown>): NoticesView {
  const known = KINDS.find((one) => one === kind);
  return {
    ...(known && { kind: known }),
    ...(tab === 'webhooks' && { tab }),
    ...(typeof keyId === 'string' && { keyId }),
  };
}
