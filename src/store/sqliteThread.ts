import { Worker } from 'node:worker_threads';
import { SqliteError, unavailable, unstorable } from './faults.ts';
import type { Value } from './schema.ts';
import type { Answer, Opening, Question } from './sqliteWorker.ts';

export interface Result {
  readonly rows: readonly unknown[];
  readonly changes: number;
}

interface Waiting {
  readonly id: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** The main thread's side of one SQLite connection. When the thread dies, every waiting and later call fails; none hangs. */
export class SqliteThread {
  readonly worker: Worker;
  /** In the order of the questions, which is that of the answers. No Map, for the reason given in service/calls.ts. */
  #waiting: Waiting[] = [];
  readonly #turns: (() => void)[] = [];
  #taken = false;
  #lastId = 0;
  #dead: unknown;

  /** Answers once the connection is open. */
  static async open(opening: Opening): Promise<SqliteThread> {
    const thread = new SqliteThread(opening);
    await new Promise<Result>((resolve, reject) => thread.#waiting.push({ id: 0, resolve, reject }));
    return thread;
  }

  private constructor(opening: Opening) {
    this.worker = new Worker(new URL('./sqliteWorker.ts', import.meta.url), {
      workerData: opening,
      execArgv: [],
      name: opening.readOnly ? 'sqlite-reader' : 'sqlite-writer',
    });
    this.worker.on('message', (answer: Answer) => this.#settle(answer));
    this.worker.on('error', (error) => this.#die(error));
    this.worker.on('messageerror', (error) => this.#die(error));
    this.worker.on('exit', (code) => this.#die(new Error(`The database thread ended (exit code ${code}).`)));
  }

  run(sql: string, parameters: readonly Value[]): Promise<Result> {
    if (parameters.some((value) => typeof value === 'string' && value.includes('\0')))
      return Promise.reject(unstorable());
    return this.#ask((id) => [id, 'run', sql, parameters]);
  }

  /** Runs a statement for every row of a JSON array of rows, in one transaction. */
  each(sql: string, rows: string): Promise<Result> {
    return this.#ask((id) => [id, 'each', sql, rows]);
  }

  /** Admits calls; asks and answers as in limitWire. */
  async reserve(nodeId: string, asks: string): Promise<string> {
    const { rows } = await this.#ask((id) => [id, 'reserve', nodeId, asks]);
    return rows[0] as string;
  }

  /** Admits calls and settles those it admits; asks and answers as in limitWire, a ledger row for each ask as JSON. */
  async charge(nodeId: string, asks: string, ledgerRows: string): Promise<string> {
    const { rows } = await this.#ask((id) => [id, 'charge', nodeId, asks, ledgerRows]);
    return rows[0] as string;
  }

  /** Settles calls, `late` ones too; answers the ids of those that had a reservation, as JSON. */
  async settle(ledgerRows: string, late: boolean): Promise<string> {
    const { rows } = await this.#ask((id) => [id, 'settle', ledgerRows, late]);
    return rows[0] as string;
  }

  /** Gives back the reservations of calls that were never sent. */
  async release(ids: readonly string[]): Promise<void> {
    await this.#ask((id) => [id, 'release', ids]);
  }

  async rollback(): Promise<void> {
    await this.#ask((id) => [id, 'rollback']);
  }

  async close(): Promise<void> {
    if (this.#dead) return;
    await this.#ask((id) => [id, 'close']);
    await this.worker.terminate();
  }

  /**
   * Waits until no transaction is open and takes the connection: what others ask meanwhile waits for `leave`.
   * First come, first served.
   */
  async take(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#taken = true;
  }

  /** Gives the connection to the next in line, still taken, or to nobody. */
  leave(): void {
    const next = this.#turns.shift();
    if (next) next();
    else this.#taken = false;
  }

  /** Runs one statement between the transactions of others. Free: sent at once, because the thread keeps the order. */
  async between<T>(run: () => Promise<T>): Promise<T> {
    if (!this.#taken) return run();
    await this.take();
    try {
      return await run();
    } finally {
      this.leave();
    }
  }

  #ask(question: (id: number) => Question): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(unavailable(this.#dead));
      const id = ++this.#lastId;
      this.worker.postMessage(question(id));
      this.#waiting.push({ id, resolve, reject });
    });
  }

  #settle(answer: Answer): void {
    const [id, ok] = answer;
    if (this.#waiting[0]?.id !== id) return this.#die(new Error('The database thread answered out of turn.'));
    const waiting = this.#waiting.shift();
    if (ok) waiting?.resolve({ rows: answer[2], changes: answer[3] });
    else waiting?.reject(new SqliteError(answer[2], answer[3]));
  }

  #die(cause: unknown): void {
    this.#dead ??= cause;
    for (const waiting of this.#waiting) waiting.reject(unavailable(this.#dead));
    this.#waiting = [];
  }
}
