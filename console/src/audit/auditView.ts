import { readUsageView, type UsageView } from '../usage/usageView.ts';

/** What the audit log is narrowed by; all of it stands in the address. */
export interface AuditView extends Pick<UsageView, 'days' | 'from' | 'to'> {
  readonly actorId?: string | undefined;
  readonly operation?: string | undefined;
  readonly objectType?: string | undefined;
  readonly objectId?: string | undefined;
  readonly outcome?: (typeof OUTCOMES)[number] | undefined;
}

export const OUTCOMES = ['done', 'refused', 'failed', 'attempted'] as const;
const TEXTS = ['actorId', 'operation', 'objectType', 'objectId'] as const;

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readAuditView(given: Record<string, unknown>): AuditView {
  const { days, from, to } = readUsageView(given);
  const outcome = OUTCOMES.find((one) => one === given['outcome']);
  const texts = TEXTS.flatMap((name) => {
    const text = given[name];
    return typeof text === 'string' && text !== '' ? [[name, text] as const] : [];
  });
  return {
    ...(days !== undefined && { days }),
    ...(from !== undefined && { from, to }),
    ...(outcome && { outcome }),
    ...Object.fromEntries(texts),
  };
}
