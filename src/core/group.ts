import type { Account } from './account.ts';
import type { Place } from './caller.ts';
import type { Key } from './key.ts';
import type { Prices } from './price.ts';

/** What a group opens, of what its keys' projects and scopes let them call. A provider stands for everything it serves. */
export type Opening =
  | { readonly mode: 'all' }
  | {
      readonly mode: 'range';
      readonly resources: readonly { readonly type: 'model' | 'provider'; readonly id: string }[];
    };

/** Whose keys may be in a group. A range without places is nobody. */
export type Audience =
  | { readonly mode: 'all' }
  | {
      readonly mode: 'range';
      readonly places: readonly { readonly type: 'account' | 'project'; readonly id: string }[];
    };

/** A tier that keys are put in: which models it opens, at which multiple of their prices. The operator's. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly opens: Opening;
  readonly openTo: Audience;
  /** Billionths. */
  readonly priceMultiplierNano: bigint;
  readonly createdAtMs: number;
}

/** Where a model's calls go. */
export interface ModelAt {
  readonly modelId: string;
  readonly providerId: string;
}

/** A group made ready to be asked once per call. */
export interface Tier {
  readonly group: Group;
  /** Whether keys of this project may be in it. */
  isFor(place: Place): boolean;
  opens(model: ModelAt): boolean;
  /** The same object for the same prices. Unknown prices stay unknown. */
  priced(prices: Prices | null): Prices | null;
}

/**
 * The group that a key’s calls are decided in: its own (of a temporary key its parent’s), else its account’s; null: none,
 * which opens all at plain prices.
 */
export function groupIdOf({
  key,
  parent,
  account,
}: {
  readonly key: Pick<Key, 'groupId'>;
  readonly parent?: { readonly key: Pick<Key, 'groupId'> };
  readonly account: Pick<Account, 'defaultGroupId'>;
}): string | null {
  return (parent?.key ?? key).groupId ?? account.defaultGroupId;
}

/** 1, in billionths. */
export const ONE_NANO = 1_000_000_000n;

/** The largest multiplier: more is a slip of the keyboard. */
export const MOST_MULTIPLIER_NANO = 1000n * ONE_NANO;

/** Most models and providers, or accounts and projects, that a group names. */
export const MOST_NAMED = 200;

export function tierOf(group: Group): Tier {
  const { opens, openTo, priceMultiplierNano: multiplierNano } = group;
  const resources = opens.mode === 'all' ? [] : opens.resources;
  const places = openTo.mode === 'all' ? [] : openTo.places;
  const [models, providers] = [idsOf('model', resources), idsOf('provider', resources)];
  const [accounts, projects] = [idsOf('account', places), idsOf('project', places)];
  const multiplied = new Map<Prices, Prices>();
  return {
    group,
    isFor: ({ accountId, projectId }) =>
      openTo.mode === 'all' || accounts.has(accountId) || (projectId !== null && projects.has(projectId)),
    opens: ({ modelId, providerId }) => opens.mode === 'all' || models.has(modelId) || providers.has(providerId),
    priced(prices) {
      if (prices === null || multiplierNano === ONE_NANO) return prices;
      const known = multiplied.get(prices);
      if (known) return known;
      const made: Prices = { ...prices, multiplierNano };
      multiplied.set(prices, made);
      return made;
    },
  };
}

function idsOf(type: string, named: readonly { readonly type: string; readonly id: string }[]): Set<string> {
  return new Set(named.filter((one) => one.type === type).map(({ id }) => id));
}
