import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../core/fault.ts';
import { readJournal } from './sqliteJournal.ts';

/** Marks a database file as ours (the bytes `KEYW` at offset 68 of its header). */
const APPLICATION_ID = 0x4b455957;

/** A data folder that this process owns. `release` gives it up; so does the end of the process, however it ends. */
export interface DataFolder {
  readonly databasePath: string;
  release(): void;
}

/**
 * Takes a data folder for this process alone and makes sure that its database can be opened. The lock is an open
 * transaction on a file of its own: the system drops it when the process dies, kill -9 included, and a second
 * connection of the same process is refused as well. The database itself is not locked, so that readers outside
 * (a backup, `sqlite3`) still work. Nothing else may ever open `keyward.lock`: closing any handle on it would drop
 * the lock (POSIX); therefore the holder's pid lies in a file beside it.
 */
export function takeDataFolder(dataDir: string): DataFolder {
  createFolder(dataDir);
  const lock = lockFolder(dataDir);
  try {
    const databasePath = join(dataDir, 'keyward.db');
    if (existsSync(databasePath)) checkHeader(databasePath);
    else createDatabase(databasePath);
    chmodSync(databasePath, 0o600);
    return { databasePath, release: () => lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The full check of every page of the database, slow on big files: for `keyward doctor`. Empty: sound. */
export function integrityErrors(dataDir: string): string[] {
  const database = new DatabaseSync(join(dataDir, 'keyward.db'), { readOnly: true, timeout: 5_000 });
  try {
    const found = database
      .prepare('pragma integrity_check')
      .all()
      .map((row) => String(row['integrity_check']));
    const orphans = database
      .prepare('pragma foreign_key_check')
      .all()
      .map((row) => `a row of ${String(row['table'])} refers to a missing row of ${String(row['parent'])}`);
    return [...found.filter((line) => line !== 'ok'), ...orphans];
  } catch (error) {
    return [(error as Error).message];
  } finally {
    database.close();
  }
}

/** The fault of a database that must not be used as it is. */
export function damaged(databasePath: string, what: string): Fault {
  return new Fault(
    'store_unavailable',
    `The database ${databasePath} is damaged: ${what}. Nothing was changed. Restore it from a backup, or move it away to start with an empty store.`,
  );
}

function createFolder(dataDir: string): void {
  try {
    const made = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (made !== undefined) chmodSync(dataDir, 0o700);
  } catch (error) {
    throw new Fault(
      'store_unavailable',
      `The data folder ${dataDir} cannot be created: ${(error as Error).message}. Set KEYWARD_DATA_DIR to a folder this user can write to.`,
      { cause: error },
    );
  }
}

function lockFolder(dataDir: string): DatabaseSync {
  const lockPath = join(dataDir, 'keyward.lock');
  const pidPath = join(dataDir, 'keyward.pid');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockPath, { timeout: 0 });
    // Its journal stays in memory: nothing is ever written, and no file is left to tidy up.
    lock.exec('pragma journal_mode = memory; begin exclusive;');
    chmodSync(lockPath, 0o600);
    writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 });
    return lock;
  } catch (error) {
    lock?.close();
    throw isBusy(error) ? inUse(dataDir, pidPath) : cannotOpen(dataDir, error);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

function inUse(dataDir: string, pidPath: string): Fault {
  const pid = existsSync(pidPath) ? readFileSync(pidPath, 'utf8').trim() : '';
  const holder = Number(pid) === process.pid ? 'this process' : `another Keyward process${pid && ` (pid ${pid})`}`;
  return new Fault(
    'store_unavailable',
    `The data folder ${dataDir} is already in use by ${holder}. Stop it first, give this one a folder of its own (KEYWARD_DATA_DIR), or let both use one Postgres (DATABASE_URL).`,
  );
}

function cannotOpen(dataDir: string, error: unknown): Fault {
  return new Fault(
    'store_unavailable',
    `The data folder ${dataDir} cannot be used: ${(error as Error).message}. It must be writable by this user, on a disk with room and file locks.`,
    { cause: error },
  );
}

/** Made under another name and renamed when whole: a crash in between leaves no half-made database. */
function createDatabase(databasePath: string): void {
  if (hasJournal(databasePath))
    throw damaged(databasePath, 'its journal (-wal) is there, but the file itself is missing');
  const draft = `${databasePath}.new`;
  rmSync(draft, { force: true });
  closeSync(openSync(draft, 'w', 0o600));
  const database = new DatabaseSync(draft);
  database.exec(`pragma application_id = ${APPLICATION_ID}; pragma journal_mode = wal;`);
  database.close();
  renameSync(draft, databasePath);
}

/**
 * What can be told from the first 100 bytes (sqlite.org/fileformat2.html, 1.3). Read before SQLite opens the file
 * and never after: closing a plain handle would drop SQLite's own locks.
 */
function checkHeader(databasePath: string): void {
  const header = Buffer.alloc(100);
  const file = openSync(databasePath, 'r');
  const size = readSync(file, header, 0, 100, 0);
  closeSync(file);
  if (size < 100) throw damaged(databasePath, size === 0 ? 'the file is empty' : 'the file is cut off');
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0')
    throw damaged(databasePath, 'it is not a SQLite database');
  if (header.readUInt32BE(68) !== APPLICATION_ID) throw damaged(databasePath, 'it was made by another program');
  const pageBytes = pageBytesOf(header);
  const { pages, pageCount } = readJournal(`${databasePath}-wal`, pageBytes);
  const fileBytes = statSync(databasePath).size;
  const wholePages = Math.floor(fileBytes / pageBytes);
  const neededPages = pageCount ?? pagesOf(header);
  // Opened without them, SQLite would take empty pages for them and write the journal back between.
  for (let page = wholePages + 1; page <= neededPages; page += 1)
    if (!pages.has(page))
      throw damaged(databasePath, `it has ${fileBytes} bytes and should have ${neededPages * pageBytes}`);
}

function hasJournal(databasePath: string): boolean {
  return existsSync(`${databasePath}-wal`) && statSync(`${databasePath}-wal`).size > 0;
}

/** The count is only kept by the version of SQLite that last wrote the file; 0: it says nothing. */
function pagesOf(header: Buffer): number {
  return header.readUInt32BE(24) === header.readUInt32BE(92) ? header.readUInt32BE(28) : 0;
}

function pageBytesOf(header: Buffer): number {
  const size = header.readUInt16BE(16);
  return size === 1 ? 65_536 : size;
}
