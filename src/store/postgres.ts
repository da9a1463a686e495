import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { Batch, Engine, Row } from './engine.ts';
import { createPostgresCalls } from './postgresCalls.ts';
import { migrate, type SchemaMode } from './migrations.ts';
import type { Tables, Value } from './schema.ts';

export interface PostgresOptions {
  readonly url: string;
  /** Most connections for look-ups and calls; edits have five more, reports two. */
  readonly maxConnections: number;
  readonly nodeId: string;
  /** Told of connections that broke while idle. They are replaced by themselves. */
  readonly onError: (error: Error) => void;
  readonly schema?: SchemaMode | undefined;
}

/** Postgres through `pg`: one pool for requests, small ones for edits and reports, and one connection to bring the schema up. */
export async function openPostgres(options: PostgresOptions): Promise<Engine> {
  await migrateAlone(options);
  const pool = createPool(options, { max: options.maxConnections, queryMs: 10_000, byIndex: true });
  const reportPool = createPool(options, { max: 2, queryMs: 60_000 });
  const editPool = createPool(options, { max: 5, queryMs: 60_000, byIndex: true });
  const db = kyselyOver(pool);
  const edits = kyselyOver(editPool);
  const reports = kyselyOver(reportPool);
  return {
    name: 'postgres',
    nodeId: options.nodeId,
    db,
    edits,
    ...createPostgresCalls(pool, db, edits, options.nodeId),
    reports,
    async batch(statement, rows) {
      if (rows.length === 0) return;
      await query(pool, `${statement.name}_batch`, batchText(statement), [batchJson(statement, rows)]);
    },
    async hot<R>(name: string, sql: string, parameters: readonly Value[]) {
      return (await query(pool, name, sql, [...parameters])).rows as R[];
    },
    async close() {
      await Promise.all([pool.end(), editPool.end(), reportPool.end()]);
    },
  };
}

/** Waits for other processes that migrate, however long they take: no time-out on these statements. */
async function migrateAlone(options: PostgresOptions): Promise<void> {
  const pool = createPool(options, { max: 2, queryMs: 0 });
  try {
    await migrate('postgres', kyselyOver(pool), options.schema);
  } finally {
    await pool.end();
  }
}

/** Locks are held for milliseconds; who waits longer than this waits for something that is stuck. */
const LOCK_MS = 3_000;

function createPool(options: PostgresOptions, limits: { max: number; queryMs: number; byIndex?: boolean }): pg.Pool {
  const { queryMs } = limits;
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: 'keyward',
    max: limits.max,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    types,
    // The server stops a statement first; where it cannot even say so (a dead network), the client gives up a little later.
    ...(queryMs > 0 && {
      statement_timeout: queryMs,
      lock_timeout: LOCK_MS,
      idle_in_transaction_session_timeout: queryMs,
      query_timeout: queryMs + 2_000,
    }),
  });
  pool.on('error', options.onError);
  // A connection that breaks while it is in use says so twice: to the call, and as an event that ends the process
  // where nobody listens.
  pool.on('connect', (client) => client.on('error', () => undefined));
  if (limits.byIndex) {
    // A plan is kept once it is made, and one made while tables were small reads them whole for as long as they grow.
    pool.on('connect', (client) => void client.query('set enable_seqscan = off').catch(() => undefined));
  }
  return pool;
}

/** Times and counts stay far below 2^53, so a 64-bit integer is read as a number here. Money is cast to text in every query. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format): unknown =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
};

function kyselyOver(pool: pg.Pool): Kysely<Tables> {
  const connect = async (): Promise<PostgresPoolClient> => kyselyClient(await pool.connect());
  return new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: { connect, end: () => pool.end(), options: pool.options } satisfies PostgresPool,
    }),
  });
}

/**
 * A connection as Kysely wants it, with one thing more: one that failed in any way but a refusal of the server is
 * thrown away, since a query that timed out on the client is still in front of the next one.
 */
function kyselyClient(client: pg.PoolClient): PostgresPoolClient {
  let broken = false;
  const query = async (text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> => {
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      broken ||= !(error instanceof pg.DatabaseError);
      throw error;
    }
  };
  return { query: query as never, release: (destroy) => client.release(destroy === true || broken) };
}

/** Runs a statement that is prepared once per connection, under its name. */
async function query(pool: pg.Pool, name: string, text: string, values: unknown[]): Promise<pg.QueryResult> {
  const client = await pool.connect();
  try {
    const result = await client.query({ name, text, values });
    client.release();
    return result;
  } catch (error) {
    client.release(!(error instanceof pg.DatabaseError));
    throw error;
  }
}

/** All rows go as one JSON parameter: the statement is the same for any number of them, and prepared once. */
function batchText(statement: Batch): string {
  const columns = statement.columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  return `with batch as materialized (select * from json_to_recordset($1::json) as given (${columns})) ${statement.postgres ?? statement.sql}`;
}

function batchJson(statement: Batch, rows: readonly Row[]): string {
  const { columns } = statement;
  return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]]))));
}
