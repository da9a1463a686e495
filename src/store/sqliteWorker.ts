import { statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { createSqliteCalls, type SqliteCalls } from './sqliteCalls.ts';

/**
 * The thread that holds one SQLite connection. It runs statements in the order they come and answers each; the one that
 * writes also admits and settles calls (sqliteCalls), so that no decision waits for another to cross between threads.
 * Many rows come as one JSON text: copying it to this thread costs the main thread half of what copying the values does
 * (measured: 20 against 39 µs for 14 ledger rows).
 */
export interface Opening {
  readonly path: string;
  readonly readOnly: boolean;
}

/**
 * `[id, 'run', sql, parameters]` · `[id, 'each', sql, rows as JSON]` (one transaction) · `[id, 'reserve', node, asks]` ·
 * `[id, 'charge', node, asks, rows]` · `[id, 'settle', rows, late]` (these three answer one row, a text) ·
 * `[id, 'release', calls]` · `[id, 'rollback']` · `[id, 'close']`
 */
export type Question =
  | readonly [id: number, kind: 'run', sql: string, parameters: readonly SQLInputValue[]]
  | readonly [id: number, kind: 'each', sql: string, rows: string]
  | readonly [id: number, kind: 'reserve', nodeId: string, asks: string]
  | readonly [id: number, kind: 'charge', nodeId: string, asks: string, rows: string]
  | readonly [id: number, kind: 'settle', rows: string, late: boolean]
  | readonly [id: number, kind: 'release', calls: readonly string[]]
  | readonly [id: number, kind: 'rollback']
  | readonly [id: number, kind: 'close'];

/** The answer to a question; `id` 0 answers the opening. */
export type Answer =
  | readonly [id: number, ok: true, rows: readonly unknown[], changes: number]
  | readonly [id: number, ok: false, message: string, errcode: number];

/** Most statements kept prepared; the least recently used goes first. */
const MAX_PREPARED = 200;

function open({ path, readOnly }: Opening): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly, timeout: 5_000, enableForeignKeyConstraints: true });
  database.exec('pragma cache_size = -65536; pragma temp_store = memory;');
  if (readOnly) return database;
  // FULL: a commit has reached the disk before it is answered. A checkpoint stalls the commit it comes with, so there is
  // one every 32 MB and not every 4 (measured: 99th percentile 2.8 against 8.3 ms under full load). The size limit gives
  // the room of a grown WAL back.
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma journal_size_limit = 67108864; pragma wal_autocheckpoint = 8000; pragma wal_checkpoint(truncate);',
  );
  checkLength(database, path);
  return database;
}

/** A file that is shorter than the pages it claims was cut off. Only true once the WAL has been written back to it. */
function checkLength(database: DatabaseSync, path: string): void {
  const { pages, bytes } = database
    .prepare('select page_count as pages, page_size as bytes from pragma_page_count, pragma_page_size')
    .get() as { pages: number; bytes: number };
  const size = statSync(path).size;
  if (size < pages * bytes)
    throw Object.assign(new Error(`it has ${size} bytes and should have ${pages * bytes}`), { errcode: 11 });
  database.prepare('select count(*) from sqlite_schema').get();
}

interface Prepared {
  readonly statement: StatementSync;
  readonly answersRows: boolean;
  /** Whether it changes what sqliteCalls keeps in memory. */
  readonly changesLimits: boolean;
}

/** The tables and columns that sqliteCalls reads once and remembers. */
const KEPT_IN_MEMORY = /\b(limits|limit_templates|counters|reservations|limit_template_id|limits_since_ms)\b/;

function serve(port: NonNullable<typeof parentPort>, database: DatabaseSync, readOnly: boolean): void {
  const cache = new Map<string, Prepared>();
  // Made when first asked for: its statements need the tables of the latest schema.
  let calls: SqliteCalls | undefined;
  let isFull = true;
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');

  function prepared(sql: string): Prepared {
    const known = cache.get(sql);
    if (known) {
      cache.delete(sql);
      cache.set(sql, known);
      return known;
    }
    const statement = database.prepare(sql);
    const fresh = {
      statement,
      answersRows: statement.columns().length > 0,
      changesLimits: !/^\s*select\b/i.test(sql) && KEPT_IN_MEMORY.test(sql),
    };
    if (cache.size >= MAX_PREPARED) cache.delete(cache.keys().next().value ?? '');
    cache.set(sql, fresh);
    return fresh;
  }

  function answer(question: Question): Answer {
    const [id, kind] = question;
    switch (kind) {
      case 'run': {
        const { statement, answersRows, changesLimits } = prepared(question[2]);
        if (!database.isTransaction) setFull(true);
        if (changesLimits) calls?.forget();
        if (answersRows) return [id, true, statement.all(...question[3]), 0];
        return [id, true, [], Number(statement.run(...question[3]).changes)];
      }
      case 'each':
        runEach(prepared(question[2]).statement, JSON.parse(question[3]) as SQLInputValue[][]);
        return [id, true, [], 0];
      case 'reserve':
        calls ??= createSqliteCalls(database, transaction);
        return [id, true, [calls.reserve(question[2], question[3])], 0];
      case 'charge':
        calls ??= createSqliteCalls(database, transaction);
        return [id, true, [calls.charge(question[2], question[3], question[4])], 0];
      case 'settle':
        calls ??= createSqliteCalls(database, transaction);
        return [id, true, [calls.settle(question[2], question[3])], 0];
      case 'release':
        calls ??= createSqliteCalls(database, transaction);
        calls.release(question[2]);
        return [id, true, [], 0];
      case 'rollback':
        rollback();
        return [id, true, [], 0];
      case 'close':
        database.close();
        return [id, true, [], 0];
    }
  }

  function runEach(statement: StatementSync, rows: readonly SQLInputValue[][]): void {
    transaction('machine', () => {
      for (const row of rows) statement.run(...row);
    });
  }

  function transaction(survives: 'process' | 'machine', run: () => void): void {
    setFull(survives === 'machine');
    try {
      begin.run();
      run();
      commit.run();
    } catch (error) {
      rollback();
      throw error;
    }
  }

  /**
   * FULL: a commit is on the disk before it is answered, and so are those before it. Not full: it is in the journal, as
   * the system has it in memory, and ends with the machine but not with this process.
   */
  function setFull(full: boolean): void {
    if (isFull === full || readOnly) return;
    database.exec(`pragma synchronous = ${full ? 'full' : 'normal'}`);
    isFull = full;
  }

  /** After some errors (disk full) SQLite has already rolled back by itself. */
  function rollback(): void {
    if (database.isTransaction) database.exec('rollback');
  }

  port.on('message', (question: Question) => {
    try {
      port.postMessage(answer(question));
    } catch (error) {
      port.postMessage(failure(question[0], error));
    }
    if (question[1] === 'close') port.close();
  });
}

function failure(id: number, error: unknown): Answer {
  const errcode = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0;
  return [id, false, error instanceof Error ? error.message : String(error), errcode];
}

if (parentPort) {
  try {
    const opening = workerData as Opening;
    serve(parentPort, open(opening), opening.readOnly);
    parentPort.postMessage([0, true, [], 0] satisfies Answer);
  } catch (error) {
    parentPort.postMessage(failure(0, error));
    parentPort.close();
  }
}
