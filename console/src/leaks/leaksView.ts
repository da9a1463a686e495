/** What the list of leaks is narrowed by; all of it stands in the address. */
export interface LeaksView {
  readonly status?: 'open' | 'closed' | undefined;
  readonly origin?: (typeof ORIGINS)[number] | undefined;
  readonly keyId?: string | undefined;
}

/** Who said that a key leaked. */
export const ORIGINS = ['person', 'scanner', 'finder'] as const;

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readLeaksView({ status, origin, keyId }: Record<string, unknown>): LeaksView {
  const known = ORIGINS.find((one) => one === origin);
  return {
    ...((status === 'open' || status === 'closed') && { status }),
    ...(known && { origin: known }),
    ...(typeof keyId === 'string' && { keyId }),
  };
}
