/** What the list is narrowed by. */
export interface Filters {
  readonly search?: string | undefined;
  readonly state?: 'active' | 'disabled' | 'expired' | undefined;
  readonly environment?: string | undefined;
  readonly mine?: boolean | undefined;
  readonly unusedForDays?: number | undefined;
  readonly olderThanDays?: number | undefined;
}

/** All that the address of the list says; `create`: the dialog is open. */
export interface KeysView extends Filters {
  readonly create?: boolean | undefined;
}

const STATES = ['active', 'disabled', 'expired'] as const;

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readKeysView(given: Record<string, unknown>): KeysView {
  const { search, state, environment, mine, unusedForDays, olderThanDays, create } = given;
  const known = STATES.find((one) => one === state);
  return {
    ...(typeof search === 'string' || typeof search === 'number' ? { search: String(search) } : {}),
    ...(known && { state: known }),
    ...(typeof environment === 'string' && { environment }),
    ...(mine === true && { mine }),
    ...(isDays(unusedForDays) && { unusedForDays }),
    ...(isDays(olderThanDays) && { olderThanDays }),
    ...(create === true && { create }),
  };
}

function isDays(given: unknown): given is number {
  return typeof given === 'number' && Number.isInteger(given) && given >= 0;
}
