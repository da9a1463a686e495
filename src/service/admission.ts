import type { Clock } from '../core/ambient.ts';
import { authenticate, authorise, type KeyRecord, type Wanted } from '../core/authorise.ts';
import { reaches } from '../core/caller.ts';
import { deny, type Denial } from '../core/denial.ts';
import { groupIdOf } from '../core/group.ts';
import type { LimitStore, ReserveAsk } from '../core/limitStore.ts';
import { shortageDenial } from '../core/limitText.ts';
import type { Ask, Attempt, Admitted, Charged, Refused } from './attempt.ts';
import { boundOf, NO_DEMAND, outputToSet, type Demand } from './bound.ts';
import type { Denials } from './denials.ts';
import type { Directory, Target } from './directory.ts';
import { createFinding, type Found } from './finding.ts';
import type { Keyring } from './keyring.ts';
import { lostTouch, type Lease } from './lease.ts';
import type { Pairs } from './pairs.ts';
import { patiently } from './patience.ts';
import type { Reservations } from './reservations.ts';
import { ledgerRow, type Result } from './settlement.ts';
import type { Shapes } from './shapes.ts';
import type { Uses } from './uses.ts';

/** What a request asks for, and the end it has if it is over once admitted. */
interface Wish {
  readonly ask: Ask;
  readonly demand: Demand;
  readonly result: Result | null;
}

type Maybe<T> = T | Promise<T>;

/**
 * The one decision behind the gateway, the verify call and the proxies' doors, so that they cannot disagree.
 * Answers at once when the key is in memory. A store that cannot be read throws: status is never guessed.
 */
export interface Admission {
  /** Key, status, expiry, address: enough to refuse before a body is read. Decides nothing for good: `admit` does. */
  check(attempt: Attempt): Maybe<Refused | undefined>;
  /** The whole decision, with room taken for `demand` in all limits that apply. An admitted call must be settled, or released. */
  admit(attempt: Attempt, ask: Ask, demand?: Demand): Maybe<Admitted | Refused>;
  /** `admit` and settlement in one step, for a call that only asks: it went as `result` says, and is in the ledger. */
  charge(attempt: Attempt, ask: Ask, result: Result, demand?: Demand): Maybe<Charged | Refused>;
  /** The key of a holder who asks about its own use: expired or exhausted is no reason to refuse that. */
  holder(attempt: Attempt): Maybe<KeyRecord | Refused>;
  /** Counts a refusal that a door made by itself, where there is no one key to decide about. */
  refuse(attempt: Attempt, denial: Denial): Refused;
  /** Decides again about a call under way: undefined while it may go on. */
  review(admitted: Admitted): Maybe<Denial | undefined>;
}

export function createAdmission(options: {
  keyring: Keyring;
  directory: Directory;
  lease: Pick<Lease, 'term' | 'regain'>;
  hash: (value: string) => string;
  keyPrefix: string;
  pairs?: Pairs;
  shapes?: Pick<Shapes, 'mayBeKey'>;
  clock: Clock;
  reservations: Pick<Reservations, 'reserve' | 'charge' | 'release'>;
  probe: LimitStore['probe'];
  uses: Pick<Uses, 'note'>;
  denials: Pick<Denials, 'note'>;
}): Admission {
  const { directory, lease, clock, uses, denials, reservations, probe } = options;
  const finding = createFinding(options);

  function check(found: Found | Denial, attempt: Attempt): Refused | undefined {
    if ('ok' in found) return refuse(found, attempt);
    const denial = authenticate(found.record, attempt.address, clock());
    return denial && refuse(denial, attempt, found.record);
  }

  function refuse(denial: Denial, attempt: Attempt, record?: KeyRecord): Refused {
    const refused = record ? { ...denial, record } : denial;
    if (!attempt.dryRun) denials.note(refused, attempt.route, attempt.address);
    return refused;
  }

  function decide(found: Found | Denial, attempt: Attempt, wish: Wish): Maybe<Charged | Refused> {
    if ('ok' in found) return refuse(found, attempt);
    const { ask } = wish;
    const nowMs = clock();
    const isReached = found.record && (!attempt.caller || reaches(attempt.caller, found.record.key));
    const record = isReached ? found.record : undefined;
    const target = record ? targetOf(directory, record, ask) : null;
    const denial = authorise(record, attempt.address, nowMs, wantedBy(ask, target));
    if (denial) return refuse(denial, attempt, record);
    if (!record) throw new Error('authorise admitted an unknown key');
    return takeRoom(record, found.hash, attempt, wish, target, nowMs);
  }

  /** Last of all, because it changes something: room in every limit, or none. */
  async function takeRoom(
    record: KeyRecord,
    hashed: string,
    attempt: Attempt,
    { ask, demand, result }: Wish,
    target: Target | null,
    nowMs: number,
  ): Promise<Charged | Refused> {
    const { key } = record;
    const { id, address, dryRun } = attempt;
    const request: ReserveAsk = {
      call: {
        id,
        accountId: key.accountId,
        projectId: key.projectId ?? '',
        keyId: key.id,
        ...(key.parentKeyId !== null && { parentKeyId: key.parentKeyId }),
        route: attempt.route,
        resourceType: target?.resource.type ?? null,
        resourceId: target?.resource.id ?? null,
        resourceName: target?.name ?? null,
        providerId: target?.provider.id ?? null,
        prices: target?.prices ?? null,
        address,
        streamed: false,
      },
      bound: boundOf(demand, target),
      nowMs,
    };
    const term = lease.term() ?? (await lease.regain());
    const row =
      result && !dryRun ? ledgerRow({ id, record, target, address, startedAtMs: nowMs }, result, nowMs) : null;
    const reserved = await (dryRun
      ? probe(request)
      : row
        ? reservations.charge({ ...request, row })
        : reservations.reserve(request));
    const { states: limits } = reserved;
    if (!reserved.ok) {
      if (reserved.reason === 'unpriced') return refuse(unpriced(demand), attempt, record);
      const atMs = reserved.admittedAtMs;
      return { ...refuse(shortageDenial(reserved, atMs), attempt, record), standing: { limits, atMs } };
    }
    if (!row && lease.term() !== term) {
      reservations.release(id);
      throw lostTouch();
    }
    if (!dryRun) noteUse(record, address);
    const limited = limits.some(({ applied: { limit } }) => limit.unit === 'tokens' || limit.unit === 'cost');
    const outputTokens = outputToSet(demand, reserved.outputTokens, limited);
    const { admittedAtMs: startedAtMs, takes } = reserved;
    return {
      ok: true,
      id,
      record,
      hash: hashed,
      ask,
      target,
      address,
      startedAtMs,
      limits,
      takes,
      outputTokens,
      row: row && { ...row, startedAtMs },
    };
  }

  /** Of a temporary key its parent is used too: who looks for keys that nobody uses must not find that one. */
  function noteUse({ key, secret }: KeyRecord, address: string | null): void {
    uses.note(key.id, address, secret?.id);
    if (key.parentKeyId !== null) uses.note(key.parentKeyId, address);
  }

  function decideOn(attempt: Attempt, wish: Wish): Maybe<Charged | Refused> {
    const found = finding.find(attempt, wish.ask);
    const decision =
      found instanceof Promise ? found.then((one) => decide(one, attempt, wish)) : decide(found, attempt, wish);
    if (!(decision instanceof Promise)) return decision;
    // Nobody waits any more for what it took.
    return patiently(decision, (late) => void (late.ok && !late.row && reservations.release(late.id)));
  }

  return {
    check(attempt) {
      const found = finding.find(attempt);
      return found instanceof Promise ? patiently(found.then((one) => check(one, attempt))) : check(found, attempt);
    },
    admit: (attempt, ask, demand = NO_DEMAND) => decideOn(attempt, { ask, demand, result: null }),
    charge: (attempt, ask, result, demand = NO_DEMAND) => decideOn(attempt, { ask, demand, result }),
    holder(attempt) {
      const known = (found: Found | Denial): KeyRecord | Refused => {
        if ('ok' in found) return refuse(found, attempt);
        const { record } = found;
        const denial = authenticate(record, attempt.address, -Infinity);
        if (denial) return refuse(denial, attempt, record);
        if (!record) throw new Error('authenticate let an unknown key pass');
        return record;
      };
      const found = finding.find(attempt);
      return found instanceof Promise ? patiently(found.then(known)) : known(found);
    },
    refuse: (attempt, denial) => refuse(denial, attempt),
    review(admitted) {
      const { address, ask } = admitted;
      const again = (record: KeyRecord | undefined): Denial | undefined =>
        authorise(record, address, clock(), wantedBy(ask, record ? targetOf(directory, record, ask) : null));
      const found = finding.again(admitted);
      return found instanceof Promise ? found.then(again) : again(found);
    },
  };
}

function unpriced({ cost }: Demand): Denial {
  return cost === 'unknown' ? deny('price_unknown', COST_UNKNOWN) : deny('price_unknown');
}

const COST_UNKNOWN =
  'What a call of this route costs cannot be told before it is made, and the key has a cost limit. Use a key without one for it.';

/** What the name stands for in the key's project and group; null: nothing, or none was asked for. */
export function targetOf(
  directory: Pick<Directory, 'model' | 'service' | 'inGroup'>,
  record: KeyRecord,
  ask: Ask,
): Target | null {
  const { key } = record;
  const { projectId } = key;
  if (ask.kind === 'list' || projectId === null) return null;
  if (ask.kind === 'service') return directory.service(projectId, ask.name) ?? null;
  const target = directory.model(projectId, ask.name);
  const groupId = groupIdOf(record);
  return (target && (groupId === null ? target : directory.inGroup(target, groupId, key))) ?? null;
}

/** The ask in the terms it is decided in. */
export function wantedBy(ask: Ask, target: Target | null): Wanted {
  const resource = target?.resource ?? null;
  if (ask.kind === 'list') return { kind: 'list' };
  if (ask.kind === 'model') return { kind: 'model', resource };
  return { kind: 'service', resource, method: ask.method, path: ask.path ?? null };
}
