import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../../config.ts';
import { Fault } from '../../core/fault.ts';
import { SECRET_CHECK, SECRET_EXCHANGE } from '../../core/keptKeys.ts';
import type { Store } from '../../core/ports.ts';
import { secretProof, serverSecrets, type ServerSecrets } from '../../serverSecret.ts';
import { createCipher } from '../../store/cipher.ts';
import { openStore } from '../../store/open.ts';
import { integrityErrors } from '../../store/sqliteFiles.ts';
import { failed, ok, skipped, warning, type Finding } from './finding.ts';

/**
 * What became of opening the store. `held`: a running server owns the SQLite file. `behind`: this version would migrate
 * it first. `secrets` only when they fit it.
 */
export type OpenedStore =
  | {
      readonly state: 'open';
      readonly store: Store;
      readonly secrets: ServerSecrets | undefined;
      readonly findings: Finding[];
    }
  | { readonly state: 'held' | 'none' | 'behind' | 'failed'; readonly findings: Finding[] };

const RESTORE =
  'Restore KEYWARD_SECRET, or the file `secret` of the data folder, from your backup: without it no key opens anything.';

/**
 * Opens the store as the server would, and tries the secret on it. Makes neither a store nor a secret where there is
 * none, and migrates nothing: that is a start's to do.
 */
export async function openForChecks(config: Config): Promise<OpenedStore> {
  const { DATABASE_URL: url, KEYWARD_DATA_DIR: dataDir } = config;
  if (url === null && !existsSync(join(dataDir, 'keyward.db'))) {
    return {
      state: 'none',
      findings: [ok('store', `There is none in ${resolve(dataDir)} yet; the first start makes it.`)],
    };
  }
  const secret = readSecrets(config);
  const cipher = createCipher(secret.ok ? secret.secrets.credentials : new Uint8Array(32));
  let store: Store;
  try {
    store = await openStore({ url, dataDir, cipher, schema: 'check' });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const older = olderSchema(error);
    if (older) return secret.ok ? older : { ...older, findings: [...older.findings, secret.finding] };
    if (/ is already in use by /.test(error.message))
      return { state: 'held', findings: secret.ok ? [] : [secret.finding] };
    const findings = [
      failed('store', sentence(error), 'See docs/guide/operating.md.'),
      ...(secret.ok ? [] : [secret.finding]),
    ];
    return { state: 'failed', findings };
  }
  try {
    await store.check();
    const where = store.engine === 'postgres' ? 'Postgres' : `SQLite in ${resolve(dataDir)}`;
    const findings = [ok('store', `${where} opens, takes writes, and has this version’s schema`)];
    const tried = secret.ok ? await trySecret(store, secret.secrets, config) : secret.finding;
    const secrets = secret.ok && tried.outcome !== 'failed' ? secret.secrets : undefined;
    return { state: 'open', store, secrets, findings: [...findings, tried] };
  } catch (error) {
    await store.close();
    if (!(error instanceof Fault)) throw error;
    return {
      state: 'failed',
      findings: [
        failed(
          'store',
          sentence(error),
          'Make sure that the database takes writes: room on its disk, and no read-only standby.',
        ),
      ],
    };
  }
}

/** A schema of an older version, or of none yet. */
function olderSchema({ details: { extra } }: Fault): OpenedStore | undefined {
  const { done, toDo } = (extra ?? {}) as { done?: readonly string[]; toDo?: readonly string[] };
  if (!done || !toDo) return undefined;
  if (done.length === 0)
    return { state: 'none', findings: [ok('store', 'The database is empty; the first start makes what it needs.')] };
  const steps = toDo.length === 1 ? '1 step' : `${toDo.length} steps`;
  const finding = warning(
    'store',
    `It was last used by an older version: a start of this one would migrate ${steps} (${toDo.join(', ')}). Nothing was changed.`,
    'Make a backup, then start the server and look again.',
  );
  return { state: 'behind', findings: [finding] };
}

/** Reads every page of the SQLite file, also while a server uses it. */
export function checkDeep(config: Config): Finding {
  const check = 'integrity';
  if (config.DATABASE_URL !== null) return skipped(check, 'Postgres checks its own files (data checksums, amcheck).');
  if (!existsSync(join(config.KEYWARD_DATA_DIR, 'keyward.db'))) return skipped(check, 'There is no store yet.');
  const [first, ...more] = integrityErrors(config.KEYWARD_DATA_DIR);
  if (first === undefined) return ok(check, 'Every page and every reference is sound.');
  return failed(
    check,
    `${first}${more.length > 0 ? `, and ${more.length} more` : ''}.`,
    'Stop the server, keep a copy of the data folder, and restore a backup.',
  );
}

/** A store holding rows of the future says that the clock was set back: keys would expire late, reports miss calls. */
export async function checkClockAgainst(store: Store, nowMs: number): Promise<Finding | undefined> {
  const [key] = (await store.keys.list({ accountId: null, projectId: null, limit: 1, nowMs })).data;
  const future = { accountId: null, projectId: null, fromMs: nowMs + TOLERANCE_MS, toMs: nowMs + CENTURY_MS, limit: 1 };
  const [row] = (await store.ledger.requests(future)).data;
  if (!row && (key?.createdAtMs ?? 0) <= nowMs + TOLERANCE_MS) return undefined;
  return failed(
    'clock',
    `The store holds entries from after ${new Date(nowMs).toISOString()}: the clock runs behind, or ran ahead.`,
    'Set the machine’s clock, and let NTP keep it.',
  );
}

const TOLERANCE_MS = 60_000;
const CENTURY_MS = 100 * 365 * 86_400_000;

type SecretRead =
  | { readonly ok: true; readonly secrets: ServerSecrets }
  | { readonly ok: false; readonly finding: Finding };

function readSecrets({ KEYWARD_SECRET: setting, KEYWARD_DATA_DIR: dataDir }: Config): SecretRead {
  const path = join(resolve(dataDir), 'secret');
  // Reading a secret that is not there would make one.
  if (setting === null && !existsSync(path)) {
    return {
      ok: false,
      finding: failed('server secret', `There is a store, but no KEYWARD_SECRET and no file ${path}.`, RESTORE),
    };
  }
  try {
    return { ok: true, secrets: serverSecrets(setting, dataDir) };
  } catch (error) {
    return { ok: false, finding: failed('server secret', (error as Error).message, RESTORE) };
  }
}

/** Against the proof that the first start left in the store (src/app.ts). */
async function trySecret(store: Store, secrets: ServerSecrets, config: Config): Promise<Finding> {
  const check = 'server secret';
  const stored = await store.meta.get(SECRET_CHECK);
  if ((await store.meta.get(SECRET_EXCHANGE)) !== undefined)
    return failed(
      check,
      'It is being exchanged, and that was not finished: no server starts.',
      'Run `keyward secret exchange` again, with the same settings.',
    );
  if (stored !== undefined && stored !== secretProof(secrets))
    return failed(check, 'It is not the one this store was used with last.', RESTORE);
  const source = config.KEYWARD_SECRET === null ? 'the file in the data folder' : 'KEYWARD_SECRET';
  if (store.engine === 'postgres' && config.KEYWARD_SECRET === null) {
    return warning(
      check,
      'It is a file of this machine, so other nodes on this database would not have it.',
      'Set KEYWARD_SECRET to its content on every node.',
    );
  }
  if (config.KEYWARD_SECRET_PREVIOUS !== null)
    return warning(
      check,
      'It fits the store, and nothing in it depends on KEYWARD_SECRET_PREVIOUS.',
      'Drop KEYWARD_SECRET_PREVIOUS; keep it only for backups of before the exchange.',
    );
  if (await store.meta.keptKeys())
    return ok(
      check,
      `${source} fits the store, which keeps under it the keys that hashes and the audit log of before an exchange need`,
    );
  return ok(check, stored === undefined ? `${source}; the store has not been used yet` : `${source} fits the store`);
}

/** The private part too: who runs this looks after the installation. */
function sentence(fault: Fault): string {
  const { private: why } = fault.details;
  return why === undefined ? fault.message : `${fault.message} (${why})`;
}
