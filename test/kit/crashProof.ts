import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inspect } from 'node:util';
import pg from 'pg';
import { INPUT_NANO, OUTPUT_NANO, type LoadKey } from './crashLayout.ts';
import { until, type CrashServer } from './crashServer.ts';
import type { Seen } from './load.ts';

/** Reads the tables beside the server, which other programs may: its answers are not what is believed here. */
export interface TableReader {
  read<Row>(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

export function readSqlite(dataDir: string): TableReader {
  return {
    async read<Row>(sql: string) {
      const database = new DatabaseSync(join(dataDir, 'keyward.db'), { readOnly: true, timeout: 5_000 });
      try {
        return database.prepare(sql).all() as Row[];
      } finally {
        database.close();
      }
    },
    close: async () => undefined,
  };
}

export function readPostgres(url: string): TableReader {
  return {
    async read<Row>(sql: string) {
      const client = new pg.Client(url);
      client.on('error', () => undefined);
      await client.connect();
      try {
        return (await client.query(sql)).rows as Row[];
      } finally {
        await client.end();
      }
    },
    close: async () => undefined,
  };
}

interface Row {
  readonly id: string;
  readonly account_id: string;
  readonly project_id: string;
  readonly key_id: string;
  readonly outcome: string;
  readonly usage_source: string;
  readonly input_tokens: number | string;
  readonly output_tokens: number | string;
  readonly cost_nano: string | null;
  readonly charged_tokens: number | string;
  readonly charged_cost_nano: string | null;
  readonly started_at_ms: number | string;
}

interface LimitRow {
  readonly id: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly unit: string;
  readonly amount: string;
  readonly window_kind: string;
  readonly window_ms: number | string;
  readonly window_zone: string;
}

interface CounterRow {
  readonly limit_id: string;
  readonly subject_id: string;
  readonly slot_ms: number | string;
  readonly settled: string;
  readonly reserved: string;
}

/** What was proved so far. */
export interface Tally {
  calls: number;
  complete: number;
  refused: number;
  failed: number;
  broken: number;
  /** In the ledger, though no client saw it complete. */
  settledUnseen: number;
  abandoned: number;
  rows: number;
}

/** Holds what clients saw against what the store says, again and again over one growing history. */
export class CrashProof {
  readonly tally: Tally = {
    calls: 0,
    complete: 0,
    refused: 0,
    failed: 0,
    broken: 0,
    settledUnseen: 0,
    abandoned: 0,
    rows: 0,
  };
  readonly #reader: TableReader;
  readonly #keys: readonly LoadKey[];
  /** Of every answer seen complete. */
  readonly #complete = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #abandoned = new Set<string>();

  constructor(reader: TableReader, keys: readonly LoadKey[]) {
    this.#reader = reader;
    this.#keys = keys;
  }

  /** Resolves when no reservation is left. To be called when no call is under way. */
  async settled(withinMs: number): Promise<void> {
    const left = (): Promise<{ id: string }[]> =>
      this.#reader.read('select id, node_id, started_at_ms from reservations');
    await until(async () => ((await left()).length === 0 ? true : undefined), withinMs).catch(async () => {
      none(await left(), 'reservations left');
    });
  }

  /** `seen` since the last time. The server verifies, and the tables are added up here by themselves. */
  async prove(seen: readonly Seen[], verify: () => Promise<unknown>): Promise<void> {
    const rows = await this.#reader
      .read<Row>(`select id, account_id, project_id, key_id, outcome, usage_source, input_tokens,
      output_tokens, cast(cost_nano as text) as cost_nano, charged_tokens, cast(charged_cost_nano as text) as charged_cost_nano,
      started_at_ms from ledger order by started_at_ms, id`);
    const byId = new Map(rows.map((row) => [row.id, row]));
    this.#proveComplete(seen, byId);
    this.#proveAbandoned(seen, rows);
    // A call that was cut because its key died tells its client so in the words of a refusal.
    none(
      [...this.#refused].filter((id) => (byId.get(id)?.outcome ?? 'cut') !== 'cut'),
      'refused, and in the ledger',
    );
    none(
      [...this.#complete].filter((id) => byId.get(id)?.outcome !== 'answered'),
      'seen complete, and lost',
    );
    await this.#proveLimits(rows);
    const check = (await verify()) as { differences: number; data: unknown[] };
    none(check.data, 'counters that differ from the ledger');
    assert.equal(check.differences, 0);
    const { tally } = this;
    tally.calls += seen.length;
    for (const { outcome } of seen) if (outcome !== 'left') tally[outcome] += 1;
    tally.rows = rows.length;
    tally.settledUnseen = rows.filter(({ id, outcome }) => outcome !== 'abandoned' && !this.#complete.has(id)).length;
  }

  /** Every answer that a client saw complete is in the ledger, with exactly its tokens and its cost. */
  #proveComplete(seen: readonly Seen[], byId: ReadonlyMap<string, Row>): void {
    const wrong: unknown[] = [];
    for (const { outcome, requestId, key, promptTokens, completionTokens } of seen) {
      if (outcome === 'refused' && requestId !== null) this.#refused.add(requestId);
      if (outcome !== 'complete' || requestId === null) continue;
      this.#complete.add(requestId);
      const row = byId.get(requestId);
      const tokens = promptTokens + (completionTokens ?? Number.NaN);
      const cost = BigInt(promptTokens) * INPUT_NANO + BigInt(completionTokens ?? 0) * OUTPUT_NANO;
      const isRight =
        row?.outcome === 'answered' &&
        row.usage_source === 'reported' &&
        row.key_id === (this.#keys[key]?.id ?? row.key_id) &&
        Number(row.input_tokens) === promptTokens &&
        Number(row.output_tokens) === completionTokens &&
        Number(row.charged_tokens) === tokens &&
        row.cost_nano === String(cost) &&
        row.charged_cost_nano === String(cost);
      if (!isRight) wrong.push({ requestId, promptTokens, completionTokens, row });
    }
    none(wrong, 'seen complete, and not so in the ledger');
  }

  /** What was abandoned was seen complete by nobody, and is charged at what was reserved for it. */
  #proveAbandoned(seen: readonly Seen[], rows: readonly Row[]): void {
    const ends = seen.filter(({ outcome }) => outcome !== 'complete' && outcome !== 'refused');
    const wrong: unknown[] = [];
    for (const row of rows) {
      if (row.outcome !== 'abandoned') continue;
      if (this.#complete.has(row.id)) wrong.push({ row, why: 'seen complete' });
      if (this.#abandoned.has(row.id)) continue;
      this.#abandoned.add(row.id);
      this.tally.abandoned += 1;
      // Each belongs to one call that its client saw broken off, or whose answer's head it saw, and to no other.
      const fits = (output: number | null) => (end: Seen) =>
        end.requestId === null &&
        this.#keys[end.key]?.id === row.key_id &&
        end.reserved.inputTokens === Number(row.input_tokens) &&
        end.reserved.outputTokens === output;
      const found = [({ requestId }: Seen) => requestId === row.id, fits(Number(row.output_tokens)), fits(null)]
        .map((is) => ends.findIndex(is))
        .find((at) => at !== -1);
      const [end] = found === undefined ? [] : ends.splice(found, 1);
      const cost = BigInt(row.input_tokens) * INPUT_NANO + BigInt(row.output_tokens) * OUTPUT_NANO;
      const isCharged =
        Number(row.input_tokens) === end?.reserved.inputTokens &&
        Number(row.output_tokens) === (end.reserved.outputTokens ?? Number(row.output_tokens)) &&
        Number(row.input_tokens) + Number(row.output_tokens) === Number(row.charged_tokens) &&
        row.charged_cost_nano === String(cost);
      if (!isCharged) wrong.push({ row, end });
    }
    none(wrong, 'abandoned');
  }

  /**
   * No limit is passed, as its counters have it, and as the ledger adds up in every window. With no call under way, and
   * none older than what counters are kept for, the two are the same sum.
   */
  async #proveLimits(rows: readonly Row[]): Promise<void> {
    const limits = await this.#reader
      .read<LimitRow>(`select id, subject_type, subject_id, unit, cast(amount as text) as amount,
      window_kind, window_ms, window_zone from limits`);
    const templates = await this.#reader.read<{ id: string; limit_template_id: string }>(
      'select id, limit_template_id from keys where limit_template_id is not null',
    );
    const counters = await this.#reader
      .read<CounterRow>(`select limit_id, subject_id, slot_ms, cast(settled as text) as settled,
      cast(reserved as text) as reserved from counters`);
    const slotsOf = Map.groupBy(counters, (row) => `${row.limit_id} ${row.subject_id}`);
    const passed: unknown[] = [];
    const other: unknown[] = [];
    for (const limit of limits) {
      const subjects =
        limit.subject_type === 'template'
          ? templates.filter((key) => key.limit_template_id === limit.subject_id).map(({ id }) => id)
          : [limit.subject_id];
      for (const subjectId of subjects) {
        const slots = slotsOf.get(`${limit.id} ${subjectId}`) ?? [];
        const uses = usesOf(limit, subjectId, rows);
        const most = mostOf(limit, uses, slots);
        if (most > BigInt(limit.amount)) passed.push({ limit, subjectId, most });
        const settled = slots.reduce((sum, slot) => sum + BigInt(slot.settled), 0n);
        const used = uses.reduce((sum, { amount }) => sum + amount, 0n);
        const held = slots.filter(({ reserved }) => reserved !== '0');
        if (settled !== used || held.length > 0) other.push({ limit, subjectId, settled, used, held });
      }
    }
    none(passed, 'limits passed');
    none(other, 'counters that are not the sum of the ledger');
  }
}

function none(found: readonly unknown[], what: string): void {
  assert.equal(found.length, 0, `${what}: ${inspect(found.slice(0, 5), { depth: 4 })}`);
}

interface Use {
  readonly atMs: number;
  readonly amount: bigint;
}

function usesOf(limit: LimitRow, subjectId: string, rows: readonly Row[]): Use[] {
  return rows
    .filter((row) => [row.key_id, row.project_id, row.account_id].includes(subjectId))
    .map((row) => ({ atMs: Number(row.started_at_ms), amount: amountOf(limit.unit, row) }));
}

function amountOf(unit: string, row: Row): bigint {
  if (unit === 'requests') return 1n;
  if (unit === 'tokens') return BigInt(row.charged_tokens);
  return unit === 'cost' ? BigInt(row.charged_cost_nano ?? 0) : 0n;
}

/** The most that a limit ever held in one window, by the ledger or by its counters. */
function mostOf(limit: LimitRow, uses: readonly Use[], slots: readonly CounterRow[]): bigint {
  const held = slots.map((slot) => BigInt(slot.settled) + BigInt(slot.reserved));
  if (limit.unit === 'concurrency') return held.reduce((sum, one) => sum + one, 0n);
  const windowMs = Number(limit.window_ms);
  switch (limit.window_kind) {
    case 'rolling':
      return fullestSpan(uses, windowMs);
    case 'session': {
      const starts = slots.map((slot) => Number(slot.slot_ms)).toSorted((a, b) => a - b);
      const sums = sumBy(uses, ({ atMs }) => starts.findLast((ms) => ms <= atMs && atMs < ms + windowMs) ?? -1);
      return largest([...held, ...sums.values()]);
    }
    case 'calendar': {
      const shiftMs = limit.window_zone === 'Asia/Shanghai' ? 8 * 3_600_000 : 0;
      return largest([...held, ...sumBy(uses, ({ atMs }) => Math.floor((atMs + shiftMs) / 86_400_000)).values()]);
    }
    default:
      return largest([...held, ...sumBy(uses, () => 0).values()]);
  }
}

function largest(amounts: readonly bigint[]): bigint {
  return amounts.reduce((most, one) => (one > most ? one : most), 0n);
}

function sumBy(uses: readonly Use[], nameOf: (use: Use) => number): Map<number, bigint> {
  const sums = new Map<number, bigint>();
  for (const use of uses) sums.set(nameOf(use), (sums.get(nameOf(use)) ?? 0n) + use.amount);
  return sums;
}

/** Uses are in the order of their times. */
function fullestSpan(uses: readonly Use[], windowMs: number): bigint {
  let most = 0n;
  let sum = 0n;
  let first = 0;
  for (const { atMs, amount } of uses) {
    sum += amount;
    while ((uses[first]?.atMs ?? atMs) <= atMs - windowMs) sum -= uses[first++]?.amount ?? 0n;
    if (sum > most) most = sum;
  }
  return most;
}

/** What `ledger verify` of the management API says. */
export function verifyBy(server: CrashServer): () => Promise<unknown> {
  return () => server.api('POST', '/ledger/verify', { repair: false });
}
