import type { KeyRecord } from '../../src/core/authorise.ts';
import type { Catalogue, Model } from '../../src/core/catalogue.ts';
import type { Group } from '../../src/core/group.ts';
import type { LimitWindow, Unit } from '../../src/core/limit.ts';
import type { StoredLimit, SubjectRef } from '../../src/core/limitStore.ts';
import type { Prices } from '../../src/core/price.ts';
import type { Key } from '../../src/core/key.ts';
import type { SimKey } from './memoryLimits.ts';
import type { Dice } from './random.ts';

// What a simulated world is made of: who calls, what can be called, which limits there can be.

/** The ids of one tenant: two keys in each of two projects, of which one each refers to a template. */
export interface SimPlace {
  readonly accountId: string;
  readonly projectIds: readonly string[];
  readonly templateId: string;
  readonly keys: readonly SimKey[];
}

export function placeOf(
  accountId: string,
  projectIds: readonly string[],
  templateId: string,
  newKeyId: () => string,
): SimPlace {
  const keys = projectIds.flatMap((projectId) =>
    [null, templateId].map((id): SimKey => ({ accountId, projectId, keyId: newKeyId(), templateId: id })),
  );
  return { accountId, projectIds, templateId, keys };
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Before changes of clocks, a skipped date, a leap day, an end of a year, and an ordinary noon. */
export const BEGINNINGS = [
  '2026-03-28T22:00Z',
  '2026-10-24T21:00Z',
  '2026-11-01T03:00Z',
  '2011-12-30T08:00Z',
  '2024-02-28T22:00Z',
  '2025-12-31T21:00Z',
  '2026-08-05T12:00Z',
].map((text) => Date.parse(text));

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Apia', 'Asia/Kolkata', 'Australia/Lord_Howe'];
const SPANS = [1, 100, 121, 1000, MINUTE, 7 * MINUTE + 13, HOUR, 5 * HOUR, DAY, 7 * DAY];
const UNITS: readonly Unit[] = ['requests', 'tokens', 'cost', 'concurrency'];

export function drawWindow(dice: Dice): LimitWindow {
  switch (dice.pick(['session', 'rolling', 'calendar', 'lifetime'] as const)) {
    case 'session':
      return { kind: 'session', windowMs: dice.pick(SPANS) };
    case 'rolling':
      return { kind: 'rolling', windowMs: dice.pick(SPANS) };
    case 'calendar':
      return { kind: 'calendar', period: dice.pick(['day', 'week', 'month'] as const), timeZone: dice.pick(ZONES) };
    case 'lifetime':
      return { kind: 'lifetime' };
  }
}

/** Amounts that a few calls exhaust, whatever the unit. */
export function drawAmount(dice: Dice, unit: Unit): bigint {
  const size = BigInt(dice.upTo(12));
  return size * { requests: 1n, concurrency: 1n, tokens: 45n, cost: 400n }[unit];
}

export function drawSubject(dice: Dice, place: SimPlace): SubjectRef {
  switch (dice.weighted({ key: 5, template: 2, project: 3, account: 2 })) {
    case 'key':
      return { type: 'key', id: dice.pick(place.keys).keyId };
    case 'template':
      return { type: 'template', id: place.templateId };
    case 'project':
      return { type: 'project', id: dice.pick(place.projectIds) };
    case 'account':
      return { type: 'account', id: place.accountId };
  }
}

export function drawLimit(dice: Dice, place: SimPlace, id: string, nowMs: number): StoredLimit {
  const unit = dice.pick(UNITS);
  const window: LimitWindow = unit === 'concurrency' ? { kind: 'lifetime' } : drawWindow(dice);
  const sinceMs = window.kind === 'session' ? nowMs : 0;
  return {
    id,
    accountId: place.accountId,
    subject: drawSubject(dice, place),
    unit,
    amount: drawAmount(dice, unit),
    window,
    sinceMs,
    createdAtMs: nowMs,
  };
}

/** The same for limits that a subject can have one of. */
export function kindOf({ subject, unit, window }: StoredLimit): string {
  return JSON.stringify([subject, unit, unit === 'concurrency' ? null : window]);
}

function drawPrices(dice: Dice): Prices {
  const rate = () => BigInt(dice.upTo(9)) * 1_000_000n + BigInt(dice.upTo(1)) * 333_333n;
  const perhaps = () => (dice.percent(50) ? rate() : null);
  return {
    inputNanoPerMillion: rate(),
    cachedInputNanoPerMillion: perhaps(),
    cacheWriteNanoPerMillion: perhaps(),
    outputNanoPerMillion: rate(),
  };
}

export const MODELS = ['m-open', 'm-short', 'm-unpriced'] as const;
export const SERVICE = 'vectors';

/** Three models (one without a maximum, one with, one without a price), a service in each project, and a group. */
export function drawCatalogue(dice: Dice, place: SimPlace): Catalogue {
  const at = { createdAtMs: 0, accountId: null, projectId: null };
  const model = (name: string, prices: Prices | null, maxOutputTokens: number | null): Model => ({
    ...at,
    id: `mdl_${name}`,
    name,
    providerId: 'prv_1',
    upstreamModel: name,
    prices,
    maxOutputTokens,
  });
  const provider = {
    id: 'prv_1',
    name: 'p',
    kind: 'openai',
    baseUrl: 'http://upstream/v1',
    credential: null,
    credentialHeader: null,
    timeoutMs: 1,
    idleTimeoutMs: 1,
    createdAtMs: 0,
  } as const;
  return {
    providers: [provider],
    models: [
      model('m-open', drawPrices(dice), null),
      model('m-short', drawPrices(dice), 50),
      model('m-unpriced', null, 30),
    ],
    endpoints: [],
    groups: [drawGroup(dice)],
    services: place.projectIds.map((projectId, index) => ({
      id: `svc_${index}`,
      accountId: place.accountId,
      projectId,
      name: `${SERVICE}-${index}`,
      description: '',
      providerId: 'prv_1',
      createdAtMs: 0,
    })),
  };
}

/** The one that keys with a template are in; its multiplier is another with every catalogue. */
function drawGroup(dice: Dice): Group {
  return {
    id: GROUP_ID,
    name: 'g',
    description: '',
    opens: { mode: 'all' },
    openTo: { mode: 'all' },
    priceMultiplierNano: dice.pick([0n, 1n, 333_333_333n, 800_000_000n, 1_000_000_000n, 2_500_000_001n]),
    createdAtMs: 0,
  };
}

const GROUP_ID = 'grp_1';

export function recordOf({ accountId, projectId, keyId, templateId }: SimKey): KeyRecord {
  const key = {
    id: keyId,
    accountId,
    projectId,
    class: 'standard',
    status: 'active',
    scope: { mode: 'all' },
    expiresAtMs: null,
    deletedAtMs: null,
    groupId: templateId === null ? null : GROUP_ID,
  } as unknown as Key;
  return {
    key,
    project: null,
    account: { id: accountId, status: 'active', defaultGroupId: null } as KeyRecord['account'],
    allow: null,
    deny: null,
  };
}
