import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** With five milliseconds between them, longer than any transaction of a test takes. */
const TRIES = 4000;

/**
 * Writes in one transaction what a server of this process has no way to. While the server is in a transaction of its own it
 * is waited for outside SQLite: a wait inside would hold the thread that the server needs to end its own.
 */
export async function writeBeside(dataDir: string, work: (database: DatabaseSync) => void): Promise<void> {
  const database = new DatabaseSync(join(dataDir, 'keyward.db'), { timeout: 0 });
  try {
    for (let tries = 1; !begins(database, tries === TRIES); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    work(database);
    database.exec('commit');
  } finally {
    database.close();
  }
}

function begins(database: DatabaseSync, isLast: boolean): boolean {
  try {
    database.exec('begin immediate');
    return true;
  } catch (error) {
    if (isLast || !/is locked/.test((error as Error).message)) throw error;
    return false;
  }
}
