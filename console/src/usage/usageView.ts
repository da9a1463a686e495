/** What the page of usage shows; all of it stands in the address. */
export interface UsageView {
  readonly days?: 7 | 30 | 90;
  readonly by?: (typeof BY)[number];
  readonly keyId?: string;
}

export const BY = ['key', 'model', 'status', 'address'] as const;
export const SPANS = [7, 30, 90] as const;

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readUsageView({ days, by, keyId }: Record<string, unknown>): UsageView {
  const span = SPANS.find((one) => one === days);
  const known = BY.find((one) => one === by);
  return { ...(span && { days: span }), ...(known && { by: known }), ...(typeof keyId === 'string' && { keyId }) };
}
