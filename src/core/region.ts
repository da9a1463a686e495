/** Where nodes and keys live, and the address applications there call. */
export interface Region {
  readonly id: string;
  /** Absolute http(s) address without trailing slash. */
  readonly baseUrl: string;
}

/** The regions there are. Every node is told the same ones, and its own. */
export interface Regions {
  /** Of this node; null: there are no regions, and every key lives everywhere. */
  readonly own: string | null;
  readonly all: readonly Region[];
  /** Where people reach this node; null: it was not told. */
  readonly publicUrl: string | null;
}

export const NO_REGIONS: Regions = { own: null, all: [], publicUrl: null };

/** What a region is called: short, and fit for host names. */
export const REGION_ID = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

/** The address to call with a key of a region (null: of every region); null: the node was not told. */
export function baseUrlOf({ own, all, publicUrl }: Regions, region: string | null): string | null {
  return all.find(({ id }) => id === (region ?? own))?.baseUrl ?? publicUrl;
}

/** Whether a key of a region opens nothing on this node. */
export function isElsewhere(own: string | null, region: string | null): boolean {
  return own !== null && region !== null && region !== own;
}
