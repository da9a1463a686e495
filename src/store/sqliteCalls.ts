import type { DatabaseSync } from 'node:sqlite';
import { stateOf } from '../core/allocate.ts';
import type { AppliedLimit } from '../core/limit.ts';
import { slotAt } from '../core/window.ts';
import { decide, grantedOf } from './decide.ts';
import { AT, LEDGER_COLUMNS, LEDGER_NAMES } from './ledgerRow.ts';
import { AnswerWriter, decodeAsks } from './limitWire.ts';
import {
  correctionsOf,
  heldTo,
  isSame,
  lesser,
  takesOf,
  takesThatCount,
  toReservationValues,
  usedOf,
  withinRoom,
  type Charge,
  type HeldTake,
} from './reservation.ts';
import { SqliteCounters } from './sqliteCounters.ts';
import { SqliteSubjects } from './sqliteSubjects.ts';

/** What SQLite's writing thread does for calls: admits them and settles them, each batch as one transaction. */
export interface SqliteCalls {
  /** Asks and answers as in limitWire. What is admitted survives the end of the process, not that of the machine. */
  reserve(nodeId: string, asks: string): string;
  /** Admits calls and settles those it admits, with a ledger row as JSON for each ask. On the disk when it returns. */
  charge(nodeId: string, asks: string, rows: string): string;
  /** Ledger rows as JSON; answers the ids of those that had a reservation. On the disk when it returns. `late`: the others count too. */
  settle(rows: string, late: boolean): string;
  /** Gives back what calls that were never sent hold. */
  release(ids: readonly string[]): void;
  /** Others have written to limits, counters or reservations. */
  forget(): void;
}

type Values = (string | number | null)[];

interface Kept {
  readonly startedAtMs: number;
  readonly takes: readonly HeldTake[];
}

export function createSqliteCalls(database: DatabaseSync, transaction: Transaction): SqliteCalls {
  const writer = new AnswerWriter();
  const counters = new SqliteCounters(database);
  const subjects = new SqliteSubjects(database, () => writer.forget());
  /** Of the calls under way; those of before are read from the table. */
  const open = new Map<string, Kept>();
  const insertReservation = database.prepare(
    'insert into reservations (account_id, project_id, id, key_id, node_id, started_at_ms, call, takes) values (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const readReservation = database.prepare('select started_at_ms, takes from reservations where id = ?');
  const deleteReservation = database.prepare('delete from reservations where id = ?');
  const insertRow = database.prepare(
    `insert into ledger (${LEDGER_NAMES}) values (${LEDGER_COLUMNS.map(() => '?').join(', ')})`,
  );
  const readRow = database.prepare(
    `select outcome, started_at_ms, charged_tokens, cast(charged_cost_nano as text) as charged_cost_nano,
       exists (select 1 from adjustments where request_id = ledger.id) as decided from ledger where id = ?`,
  );
  const deleteRow = database.prepare('delete from ledger where id = ?');
  const books = {
    limitsOf: subjects.limitsOf.bind(subjects),
    slotsOf: counters.slotsOf.bind(counters),
    hold: counters.hold.bind(counters),
  };

  function forget(): void {
    counters.forget();
    subjects.forget();
    open.clear();
  }

  /** What was changed in memory for a transaction that failed is not true. */
  function orForget<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      forget();
      throw error;
    }
  }

  function settleRow(values: Values, late: boolean): boolean {
    const id = values[AT.id] as string;
    const held = open.get(id) ?? storedTakes(id);
    if (!held) {
      if (late) settleLate(id, values);
      return false;
    }
    open.delete(id);
    deleteReservation.run(id);
    chargeRow(values, held);
    return true;
  }

  /** Exchanges what a call holds for its row. */
  function chargeRow(values: Values, { startedAtMs, takes }: Kept): void {
    const used = chargeOf(values);
    const charge = heldTo(takes, used);
    values[AT.startedAtMs] = startedAtMs;
    for (const take of takes) counters.settle(take, usedOf(take.unit, charge));
    setCharge(values, isSame(charge, used) ? charge : chargeBeyond(values, takes, charge, used));
    insertRow.run(...values);
  }

  /** It used more than was reserved. Answers what it is charged. */
  function chargeBeyond(values: Values, takes: readonly HeldTake[], held: Charge, used: Charge): Charge {
    const startedAtMs = values[AT.startedAtMs] as number;
    const counting = takesThatCount(takes, countingLimits(values));
    const states = counting.map(({ applied }) => stateOf(applied, counters.slotsOf(applied, startedAtMs), startedAtMs));
    const charge = withinRoom(held, used, states);
    for (const { limitId, subjectId, slotMs, by } of correctionsOf(counting, charge, held))
      counters.correct(limitId, subjectId, slotMs, by);
    return charge;
  }

  /** The limits that apply to a row's key today, of those whose count it is in. */
  function countingLimits(values: Values): AppliedLimit[] {
    const startedAtMs = values[AT.startedAtMs] as number;
    const parentKeyId = values[AT.parentKeyId] as string | null;
    const caller = {
      accountId: values[AT.accountId] as string,
      projectId: values[AT.projectId] as string,
      keyId: values[AT.keyId] as string,
      ...(parentKeyId !== null && { parentKeyId }),
    };
    return subjects.limitsOf(caller).filter(({ limit }) => startedAtMs >= limit.sinceMs);
  }

  function storedTakes(id: string): Kept | undefined {
    const row = readReservation.get(id) as { started_at_ms: number; takes: string } | undefined;
    return row && { startedAtMs: row.started_at_ms, takes: takesOf(row.takes) };
  }

  /** A row without a reservation: settled before, abandoned meanwhile, or of a call that never reserved. */
  function settleLate(id: string, values: Values): void {
    const earlier = readRow.get(id) as EarlierRow | undefined;
    if (earlier && earlier.outcome !== 'abandoned') return;
    let charge = chargeOf(values);
    if (earlier) {
      const was = earlierCharge(earlier);
      values[AT.startedAtMs] = earlier.started_at_ms;
      // What somebody has decided stays decided; and it was held for that much, so it is never charged more.
      charge = earlier.decided ? was : lesser(charge, was);
      setCharge(values, charge);
      deleteRow.run(id);
      correct(values, charge, was);
    } else correct(values, charge, undefined);
    insertRow.run(...values);
  }

  function correct(values: Values, charge: Charge, was: Charge | undefined): void {
    const startedAtMs = values[AT.startedAtMs] as number;
    for (const applied of countingLimits(values)) {
      const { limit, subjectId } = applied;
      const by = usedOf(limit.unit, charge) - (was ? usedOf(limit.unit, was) : 0n);
      if (by === 0n) continue;
      const slotMs = slotAt(limit, counters.slotsOf(applied, startedAtMs), startedAtMs);
      counters.correct(limit.id, subjectId, slotMs, by);
    }
  }

  return {
    reserve(nodeId, text) {
      const asks = decodeAsks(text);
      return orForget(() => {
        const answers = decide(asks, books);
        const granted = grantedOf(asks, answers, nodeId);
        if (granted.length > 0)
          transaction('process', () => {
            for (const one of granted) insertReservation.run(...toReservationValues(one));
            counters.flush();
          });
        for (const { call, startedAtMs, takes } of granted) open.set(call.id, { startedAtMs, takes });
        return writer.write(answers);
      });
    },

    charge(nodeId, text, rowsText) {
      const asks = decodeAsks(text);
      const rows = new Map((JSON.parse(rowsText) as Values[]).map((values) => [values[AT.id], values]));
      return orForget(() => {
        const answers = decide(asks, books);
        const granted = grantedOf(asks, answers, nodeId);
        if (granted.length > 0)
          transaction('machine', () => {
            for (const one of granted) chargeRow(rows.get(one.call.id) ?? [], one);
            counters.flush();
          });
        return writer.write(answers);
      });
    },

    settle(text, late) {
      const rows = JSON.parse(text) as Values[];
      return orForget(() => {
        const settled: string[] = [];
        transaction('machine', () => {
          for (const values of rows) if (settleRow(values, late)) settled.push(values[AT.id] as string);
          counters.flush();
        });
        return JSON.stringify(settled);
      });
    },

    release(ids) {
      orForget(() => {
        transaction('process', () => {
          for (const id of ids) {
            const held = open.get(id) ?? storedTakes(id);
            if (!held) continue;
            open.delete(id);
            deleteReservation.run(id);
            for (const take of held.takes) counters.settle(take, 0n);
          }
          counters.flush();
        });
      });
    },

    forget,
  };
}

/** Runs statements as one transaction, which then survives the end of the process or of the machine. */
export type Transaction = (survives: 'process' | 'machine', run: () => void) => void;

interface EarlierRow {
  readonly outcome: string;
  readonly started_at_ms: number;
  readonly charged_tokens: number;
  readonly charged_cost_nano: string | null;
  readonly decided: number;
}

function chargeOf(values: Values): Charge {
  const cost = values[AT.chargedCostNano] as string | null;
  return { tokens: BigInt(values[AT.chargedTokens] as number), costNano: cost === null ? null : BigInt(cost) };
}

function earlierCharge(row: EarlierRow): Charge {
  const cost = row.charged_cost_nano;
  return { tokens: BigInt(row.charged_tokens), costNano: cost === null ? null : BigInt(cost) };
}

function setCharge(values: Values, { tokens, costNano }: Charge): void {
  values[AT.chargedTokens] = Number(tokens);
  values[AT.chargedCostNano] = costNano === null ? null : costNano.toString();
}
