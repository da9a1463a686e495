import {
  Kysely,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import type { LedgerRow } from '../core/ledger.ts';
import type { Batch, Engine } from './engine.ts';
import { SqliteError } from './faults.ts';
import { bounded, toValues } from './ledgerRow.ts';
import { AnswerReader, encodeAsks } from './limitWire.ts';
import { migrate, type SchemaMode } from './migrations.ts';
import type { Tables, Value } from './schema.ts';
import { damaged, takeDataFolder } from './sqliteFiles.ts';
import { SqliteThread } from './sqliteThread.ts';

/**
 * SQLite off the event loop: one thread with the only connection that writes, one that looks things up, one for
 * reports. WAL lets the readers see what is committed without waiting for the writer, nor the writer for them.
 */
export async function openSqlite(dataDir: string, nodeId: string, schema?: SchemaMode): Promise<Engine> {
  const folder = takeDataFolder(dataDir);
  const threads: SqliteThread[] = [];
  const close = async (): Promise<void> => {
    // Readers first: the last to close writes the WAL back and removes it, which only the writer may.
    for (const thread of threads.toReversed()) await thread.close().catch(() => undefined);
    folder.release();
  };
  try {
    for (const readOnly of [false, true, true])
      threads.push(await SqliteThread.open({ path: folder.databasePath, readOnly }));
    const engine = engineOver(threads as [SqliteThread, SqliteThread, SqliteThread], nodeId, close);
    await migrate('sqlite', engine.db, schema);
    return engine;
  } catch (error) {
    await close();
    throw error instanceof SqliteError && IS_DAMAGE.has(error.errcode & 0xff)
      ? damaged(folder.databasePath, error.message)
      : error;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const IS_DAMAGE = new Set([11, 26]);

function engineOver(
  [writer, lookups, reports]: [SqliteThread, SqliteThread, SqliteThread],
  nodeId: string,
  close: () => Promise<void>,
): Engine {
  const answers = new AnswerReader();
  const db = new Kysely<Tables>({ dialect: dialect(writer, lookups) });
  return {
    name: 'sqlite',
    nodeId,
    db,
    edits: db,
    reports: new Kysely<Tables>({ dialect: dialect(writer, reports) }),
    async batch(statement, rows) {
      if (rows.length === 0) return;
      await writer.between(() => writer.each(batchText(statement), JSON.stringify(rows)));
    },
    async hot<R>(_name: string, sql: string, parameters: readonly Value[]) {
      return (await lookups.between(() => lookups.run(sql, parameters))).rows as R[];
    },
    async reserve(asks) {
      if (asks.length === 0) return [];
      return answers.read(await writer.between(() => writer.reserve(nodeId, encodeAsks(asks))));
    },
    async charge(asks) {
      if (asks.length === 0) return [];
      const rows = rowsText(asks.map(({ row }) => row));
      return answers.read(await writer.between(() => writer.charge(nodeId, encodeAsks(asks), rows)));
    },
    async settle(rows, { late }) {
      if (rows.length === 0) return [];
      const text = rowsText(rows);
      const settled = new Set(JSON.parse(await writer.between(() => writer.settle(text, late))) as string[]);
      return rows.map(({ id }) => settled.has(id));
    },
    async release(ids) {
      if (ids.length > 0) await writer.between(() => writer.release(ids));
    },
    close,
  };
}

function rowsText(rows: readonly LedgerRow[]): string {
  return JSON.stringify(rows.map((row) => toValues(bounded(row))));
}

function batchText({ columns, sql }: Batch): string {
  return `with batch (${columns.map(({ name }) => name).join(', ')}) as (values (${columns.map(() => '?').join(', ')})) ${sql}`;
}

function dialect(writer: SqliteThread, reader: SqliteThread): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => new ThreadDriver(writer, reader),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite can create tables in a transaction and, here, take any number of connections; Kysely assumes neither. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/**
 * A connection is a right to ask the threads. Outside transactions, selects go to the reader and the rest to the
 * writer. A transaction holds one thread from begin to end: the reader when it is declared read-only, else the writer.
 */
class ThreadConnection implements DatabaseConnection {
  readonly writer: SqliteThread;
  readonly reader: SqliteThread;
  held: SqliteThread | undefined;

  constructor(writer: SqliteThread, reader: SqliteThread) {
    this.writer = writer;
    this.reader = reader;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const parameters = query.parameters as Value[];
    const thread = this.held ?? (SelectQueryNode.is(query.query) ? this.reader : this.writer);
    const { rows, changes } = this.held
      ? await this.held.run(query.sql, parameters)
      : await thread.between(() => thread.run(query.sql, parameters));
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  // eslint-disable-next-line require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('The SQLite engine does not stream rows: read them in pages.');
  }
}

class ThreadDriver implements Driver {
  readonly #writer: SqliteThread;
  readonly #reader: SqliteThread;

  constructor(writer: SqliteThread, reader: SqliteThread) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}
  async releaseConnection(): Promise<void> {}

  async acquireConnection(): Promise<ThreadConnection> {
    return new ThreadConnection(this.#writer, this.#reader);
  }

  async beginTransaction(connection: ThreadConnection, settings: TransactionSettings): Promise<void> {
    const readOnly = settings.accessMode === 'read only';
    const thread = readOnly ? this.#reader : this.#writer;
    await thread.take();
    try {
      await thread.run(readOnly ? 'begin' : 'begin immediate', []);
      connection.held = thread;
    } catch (error) {
      thread.leave();
      throw error;
    }
  }

  async commitTransaction(connection: ThreadConnection): Promise<void> {
    await connection.held?.run('commit', []);
    this.#end(connection);
  }

  async rollbackTransaction(connection: ThreadConnection): Promise<void> {
    try {
      await connection.held?.rollback();
    } finally {
      this.#end(connection);
    }
  }

  #end(connection: ThreadConnection): void {
    connection.held?.leave();
    connection.held = undefined;
  }
}
