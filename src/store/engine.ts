import type { Kysely } from 'kysely';
import type { LedgerRow } from '../core/ledger.ts';
import type { ChargeAsk, ReserveAsk, Reserved } from '../core/limitStore.ts';
import type { Tables, Value } from './schema.ts';

/**
 * What an engine gives to the nouns of the store. The queries are shared; only what must be fast on its own terms
 * (`batch`, `hot`) is left to the engine.
 */
export interface Engine {
  readonly name: 'sqlite' | 'postgres';
  /** Of this process, for the calls it has under way. */
  readonly nodeId: string;
  readonly db: Kysely<Tables>;
  /** The same data on connections of their own: a long report delays no look-up and no commit. Only for reading. */
  readonly reports: Kysely<Tables>;
  /** Runs a statement once for every row, in one durable transaction. */
  batch(statement: Batch, rows: readonly Row[]): Promise<void>;
  /** A select that is run thousands of times a second; `name` is the name of its prepared statement. */
  hot<R>(name: string, sql: string, parameters: readonly Value[]): Promise<R[]>;
  /** As `LimitStore.reserve`. */
  reserve(asks: readonly ReserveAsk[]): Promise<Reserved[]>;
  /** As `LimitStore.charge`. */
  charge(asks: readonly ChargeAsk[]): Promise<Reserved[]>;
  /** As `LimitStore.settle`; answers the ids of the rows that had a reservation. `late`: whether the others count too. */
  settle(rows: readonly LedgerRow[], options: { readonly late: boolean }): Promise<string[]>;
  /** As `LimitStore.release`. */
  release(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Rows cross to the engine as JSON, the cheapest way for the main thread: a 64-bit integer is given in decimal. */
export type Row = readonly (string | number | null)[];

/** A statement that takes its rows from `batch`, a relation with these columns. Run per row by SQLite, at once by Postgres. */
export interface Batch {
  readonly name: string;
  readonly columns: readonly BatchColumn[];
  readonly sql: string;
  /** Where Postgres must lock in a fixed order first. Follows `with batch as (…)`, so it may start with another `, name as (…)`. */
  readonly postgres?: string;
}

export interface BatchColumn {
  readonly name: string;
  readonly type: 'text' | 'bigint';
}
