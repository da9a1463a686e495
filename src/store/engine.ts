import type { Kysely } from 'kysely';
import type { LedgerRow } from '../core/ledger.ts';
import type { ChargeAsk, ReserveAsk, Reserved, Soon } from '../core/limitStore.ts';
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
  /** The same data, for changes that may take long and hold a tenant's locks: calls need not wait for their connections. */
  readonly edits: Kysely<Tables>;
  /** The same data on connections of their own: a long report delays no look-up and no commit. Only for reading. */
  readonly reports: Kysely<Tables>;
  /** Runs a statement once for every row, in one durable transaction. */
  batch(statement: Batch, rows: readonly Row[]): Promise<void>;
  /** A select that is run thousands of times a second; `name` is the name of its prepared statement. */
  hot<R>(name: string, sql: string, parameters: readonly Value[]): Promise<R[]>;
  /** As `LimitStore.reserveEach`. */
  reserve(asks: readonly ReserveAsk[]): Promise<Soon<Reserved>[]>;
  /** As `LimitStore.chargeEach`. */
  charge(asks: readonly ChargeAsk[]): Promise<Soon<Reserved>[]>;
  /** As `LimitStore.settleEach`; answers whether each row had a reservation. `late`: whether the others count too. */
  settle(rows: readonly LedgerRow[], options: { readonly late: boolean }): Promise<Soon<boolean>[]>;
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
