import {
  HISTORY_DAYS,
  HOUR_MS,
  isBurst,
  isUnusualAddress,
  spikeOf,
  type ActivityStore,
  type HourOfUse,
  type SeenAddress,
} from '../core/activity.ts';
import type { Clock, NewId } from '../core/ambient.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { NoticeKind } from '../core/notice.ts';
import type { NoticeStore } from '../core/noticeStore.ts';
import { addressBlock } from './attempts.ts';
import { keyNotice, noticeEntry } from './noticeDraft.ts';

/**
 * Notices when a key is used otherwise than before: from an address it was never used from, far more than ever, or
 * refused again and again. On the request's way calls are only added up in memory; what they mean is found out once a
 * minute, and a unique row decides that there is one notice of it, on how many nodes ever.
 */
export interface Activity {
  /** Adds one call. Cheap, and writes nothing. */
  note(row: Pick<LedgerRow, 'accountId' | 'keyId' | 'startedAtMs' | 'chargedTokens' | 'address'>): void;
  /** Writes what was added; what could not be written is kept. */
  flush(): Promise<void>;
  /** Writes, looks at the hour and the one before, and deletes what is too old in bounded steps. Called every minute. */
  sweep(): Promise<void>;
}

/** Most keys, and most addresses of one, that are told apart between two writes. */
const MOST_KEYS = 50_000;
const MOST_OF_KEY = 32;
const KEPT_MS = (HISTORY_DAYS + 1) * 24 * HOUR_MS;
const MOST_PRUNED = 5000;

interface Noted {
  readonly accountId: string;
  readonly hourMs: number;
  requests: number;
  tokens: number;
  readonly addresses: Map<string, number>;
}

export function createActivity(options: {
  activity: ActivityStore;
  notices: Pick<NoticeStore, 'record'>;
  keys: Pick<KeyStore, 'get'>;
  clock: Clock;
  newId: NewId;
}): Activity {
  const { activity, notices, keys, clock, newId } = options;
  let noted = new Map<string, Noted>();
  /** Of hours that have ended, and what could not be written. */
  let waiting: HourOfUse[] = [];
  let seen: SeenAddress[] = [];
  let working: Promise<void> = Promise.resolve();

  function put(keyId: string, { accountId, hourMs, requests, tokens, addresses }: Noted): void {
    if (waiting.length >= MOST_KEYS) return;
    waiting.push({ accountId, keyId, hourMs, requests, tokens });
    for (const [address, firstAtMs] of addresses)
      if (seen.length < MOST_KEYS) seen.push({ accountId, keyId, address: blockOf(address), firstAtMs });
  }

  async function tell(
    keyId: string,
    kind: NoticeKind,
    mark: string,
    numbers: Parameters<typeof keyNotice>[3],
  ): Promise<void> {
    const key = await keys.get(keyId);
    // Users of services have no notices, and of a deleted key nobody needs one.
    if (key?.deletedAtMs !== null) return;
    const nowMs = clock();
    const notice = keyNotice(newId('ntc'), key, kind, numbers, nowMs);
    const occasion = { mark: `${kind} ${mark}`, endsAtMs: nowMs + 2 * 24 * HOUR_MS };
    await notices.record(noticeEntry(notice, occasion), () => newId('msg'));
  }

  async function write(): Promise<void> {
    for (const [keyId, one] of noted) put(keyId, one);
    noted = new Map();
    const [hours, addresses] = [summed(waiting), distinct(seen)];
    if (hours.length === 0 && addresses.length === 0) return;
    waiting = [];
    seen = [];
    const fresh = await activity.note(hours, addresses).catch((error: unknown) => {
      waiting.push(...hours);
      seen.push(...addresses);
      throw error;
    });
    for (const one of fresh.filter(isUnusualAddress)) {
      const day = Math.floor(one.firstAtMs / (24 * HOUR_MS));
      await tell(one.keyId, 'key.newAddress', `${one.keyId} ${day}`, { address: one.address, others: one.others });
    }
  }

  async function lookAt(hourMs: number): Promise<void> {
    for (const hour of await activity.busy(hourMs)) {
      const spike = spikeOf(hour);
      if (spike) await tell(hour.keyId, 'key.spike', `${hour.keyId} ${hourMs}`, { ...spike, amount: hour[spike.unit] });
    }
    for (const hour of await activity.refused(hourMs))
      if (isBurst(hour)) await tell(hour.keyId, 'key.refusals', `${hour.keyId} ${hourMs}`, { refused: hour.refused });
  }

  async function look(): Promise<void> {
    const nowMs = clock();
    const thisHourMs = nowMs - (nowMs % HOUR_MS);
    // The hour before too: what came in its last minute is written in this one.
    for (const hourMs of [thisHourMs - HOUR_MS, thisHourMs]) await lookAt(hourMs);
    await activity.prune(nowMs - KEPT_MS, MOST_PRUNED);
  }

  /** One after the other: the last one, at the stop, returns when an earlier one has ended too. */
  function next(work: () => Promise<void>): Promise<void> {
    working = working.catch(() => undefined).then(work);
    return working;
  }

  return {
    note({ accountId, keyId, startedAtMs, chargedTokens, address }) {
      const hourMs = startedAtMs - (startedAtMs % HOUR_MS);
      let one = noted.get(keyId);
      if (one?.hourMs !== hourMs) {
        if (one) put(keyId, one);
        else if (noted.size >= MOST_KEYS) return;
        one = { accountId, hourMs, requests: 0, tokens: 0, addresses: new Map() };
        noted.set(keyId, one);
      }
      one.requests += 1;
      one.tokens += chargedTokens;
      if (address !== null && !one.addresses.has(address) && one.addresses.size < MOST_OF_KEY)
        one.addresses.set(address, startedAtMs);
    },
    flush: () => next(write),
    sweep: () => next(() => write().then(look)),
  };
}

/** As it is told apart and shown: who has one address of a /64 has them all. */
function blockOf(address: string): string {
  return address.includes(':') ? `${addressBlock(address)}::/64` : address;
}

/** One entry for each key and hour: a statement may touch a row once only. */
function summed(hours: readonly HourOfUse[]): HourOfUse[] {
  const sums = new Map<string, HourOfUse>();
  for (const one of hours) {
    const name = `${one.keyId} ${one.hourMs}`;
    const { requests = 0, tokens = 0 } = sums.get(name) ?? {};
    sums.set(name, { ...one, requests: requests + one.requests, tokens: tokens + one.tokens });
  }
  return [...sums.values()];
}

function distinct(addresses: readonly SeenAddress[]): SeenAddress[] {
  const first = new Map<string, SeenAddress>();
  for (const one of addresses) {
    const name = `${one.keyId} ${one.address}`;
    const known = first.get(name);
    if (!known || one.firstAtMs < known.firstAtMs) first.set(name, one);
  }
  return [...first.values()];
}
