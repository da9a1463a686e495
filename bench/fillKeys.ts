// Fills the store of a stopped Keyward with keys, far faster than the API makes them: hashes as the server makes them,
// rows straight into its SQLite file, in one transaction. For measuring only; it knows the tables of this very version.
// Usage: `node bench/fillKeys.ts <data folder> <how many> <file to write the values to>`. The folder must have been
// used by a server once, which makes the tables, the first project, and the secret the values are hashed under.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { generateKeyValue, keyHasher, maskKeyValue } from '../src/core/keyValue.ts';
import { serverSecrets } from '../src/serverSecret.ts';

/** Put into the project that was made first. Answers how many keys there are now, so that a half-filled store shows. */
export function fillKeys(dataDir: string, count: number, valuesFile: string): number {
  const hash = keyHasher(serverSecrets(null, dataDir).keyHash);
  // In the order of their hashes, with ids in the same order: every index then grows at its end, and the file is dense.
  const keys = Array.from({ length: count }, () => {
    const value = generateKeyValue('kw_', randomBytes);
    return { value, hash: hash(value) };
  }).toSorted((a, b) => (a.hash < b.hash ? -1 : 1));

  const database = new DatabaseSync(join(dataDir, 'keyward.db'), { enableForeignKeyConstraints: false });
  database.exec('pragma cache_size = -262144; pragma synchronous = off; begin immediate');
  const place = database
    .prepare("select id, account_id from projects where account_id <> 'platform' order by created_at_ms limit 1")
    .get() as { id: string; account_id: string };
  const insertKey = inserter(database, 'keys', keyRow(place, '', ''));
  const insertSecret = inserter(database, 'secrets', secretRow(place, '', '', ''));
  for (const [at, one] of keys.entries()) {
    const id = `key_${String(at).padStart(20, '0')}`;
    const masked = maskKeyValue(one.value);
    insertKey(keyRow(place, id, masked));
    insertSecret(secretRow(place, id, one.hash, masked));
  }
  database.exec('commit; pragma wal_checkpoint(truncate)');
  const { total } = database.prepare('select count(*) as total from keys').get() as { total: number };
  database.close();
  writeFileSync(valuesFile, keys.map(({ value }) => value).join('\n'));
  return total;
}

type Row = Record<string, SQLInputValue>;

/** A key without restrictions, as most are; made a while ago, so that nothing depends on the clock. */
function keyRow(place: { id: string; account_id: string }, id: string, masked: string): Row {
  const madeAtMs = 1_700_000_000_000;
  return {
    account_id: place.account_id,
    project_id: place.id,
    id,
    class: 'standard',
    name: `Bench ${id}`,
    description: '',
    name_search: `bench ${id}`,
    description_search: '',
    environment: null,
    masked,
    status: 'active',
    scope: '{"mode":"all"}',
    ip_allow: '[]',
    ip_deny: '[]',
    expires_at_ms: null,
    created_by: 'bench',
    created_at_ms: madeAtMs,
    updated_at_ms: madeAtMs,
    last_used_at_ms: null,
    last_used_address: null,
    deleted_at_ms: null,
  };
}

function secretRow(place: { account_id: string }, keyId: string, hash: string, masked: string): Row {
  const id = keyId.replace('key_', 'sec_');
  return { hash, account_id: place.account_id, key_id: keyId, created_at_ms: 1_700_000_000_000, id, masked };
}

/** A column the server has gained since is refused here with its name, unless it may be empty. */
function inserter(database: DatabaseSync, table: string, example: Row): (row: Row) => void {
  const columns = Object.keys(example);
  const statement = database.prepare(
    `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
  );
  return (row) => void statement.run(...Object.values(row));
}

if (import.meta.main) {
  const [dataDir = '', count = '', valuesFile = ''] = process.argv.slice(2);
  console.log(`${fillKeys(dataDir, Number(count), valuesFile)} keys`);
}
