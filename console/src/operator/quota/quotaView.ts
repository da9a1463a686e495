/** Which requests are shown; those that wait where nothing is said. */
export interface QuotaView {
  readonly status?: (typeof STATUSES)[number] | undefined;
}

export const STATUSES = ['pending', 'approved', 'rejected', 'withdrawn'] as const;

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readQuotaView({ status }: Record<string, unknown>): QuotaView {
  const known = STATUSES.find((one) => one === status);
  return known === undefined ? {} : { status: known };
}
