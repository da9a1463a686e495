import { existsSync, linkSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { AuditOutcome, NewAuditRecord } from '../core/audit.ts';
import { Fault } from '../core/fault.ts';
import { readSecret, secretFile, secretProof, secretsOf } from '../serverSecret.ts';
import { settingsOf } from './connection.ts';
import type { Context } from './context.ts';
import { CommandError, EXIT, usageError } from './exit.ts';

/** Both secrets. `files`: they lie in the data folder, where the new one takes the place of the old one at the end. */
interface Secrets {
  readonly from: string;
  readonly to: string;
  readonly files: boolean;
}

/** `keyward secret exchange`: everything that is encrypted under one server secret is put under another. */
export function addSecret(program: Command, context: Context): void {
  program
    .command('secret')
    .description('Look after the server secret.')
    .command('exchange')
    .description(
      'Put everything that is encrypted under another server secret. Stop all servers first. KEYWARD_SECRET is the new one and KEYWARD_SECRET_PREVIOUS the old one; where neither is set, a new one is made for the file of the data folder. Broken off, it goes on where it was.',
    )
    .action(() => exchange(context));
}

async function exchange(context: Context): Promise<void> {
  const { terminal } = context;
  const config = settingsOf(context);
  const secrets = secretsFrom(config);
  const steps = await open(config, secrets).catch(inWords);
  try {
    const begun = await steps.begin(record(context, 'attempted'));
    if (begun === 'done') terminal.out('The store is under this secret already. Nothing was changed.');
    else {
      terminal.out(begun === 'begun' ? 'The exchange has begun.' : 'The exchange goes on where it was broken off.');
      await steps.reseal(({ table, seen, of }) => terminal.out(`${table}: ${seen} of ${of}`));
      await steps.finish(record(context, 'done'));
    }
    const kept = secrets.files ? takeOver(config.KEYWARD_DATA_DIR, context.clock()) : null;
    for (const line of parting(kept)) terminal.out(line);
  } catch (error) {
    inWords(error);
  } finally {
    await steps.close();
  }
}

function secretsFrom({
  KEYWARD_SECRET: now,
  KEYWARD_SECRET_PREVIOUS: before,
  KEYWARD_DATA_DIR: dataDir,
}: Config): Secrets {
  const path = join(dataDir, 'secret');
  const inFile = existsSync(path) ? readSecret(path) : undefined;
  const to = now ?? (before === null ? undefined : inFile);
  const from = before ?? inFile;
  if (from === undefined)
    throw usageError(
      `There is no secret to exchange: set KEYWARD_SECRET_PREVIOUS to the old one. (There is no file ${resolve(path)} either.)`,
    );
  if (to === undefined && before !== null) throw usageError('Set KEYWARD_SECRET to the new secret.');
  if (to === from)
    throw usageError('KEYWARD_SECRET and KEYWARD_SECRET_PREVIOUS are the same. Set KEYWARD_SECRET to the new one.');
  return { from, to: to ?? secretFile(dataDir, 'secret.next'), files: to === undefined };
}

async function open(config: Config, { from, to }: Secrets) {
  // Loaded here, so that the other commands need not wait for database drivers.
  const [{ openSecretExchange }, { chainKeyOf }, { totpResealer }, { recoveryKeyOf }] = await Promise.all([
    import('../store/secretExchange.ts'),
    import('../store/cipher.ts'),
    import('../http/session/totpSecret.ts'),
    import('../http/session/cookies.ts'),
  ]);
  const [old, fresh] = [secretsOf(from), secretsOf(to)];
  return openSecretExchange({
    url: config.DATABASE_URL,
    dataDir: config.KEYWARD_DATA_DIR,
    from: { proof: secretProof(old), credentials: old.credentials },
    to: { proof: secretProof(fresh), credentials: fresh.credentials },
    kept: { keyHash: old.keyHash, chain: chainKeyOf(old.credentials), recovery: recoveryKeyOf(old.tokens) },
    resealTotp: totpResealer(old.tokens, fresh.tokens),
    onError: () => undefined,
  });
}

/** Answers where the old one is now. At no moment is there no file `secret`: a start would make one. */
function takeOver(dataDir: string, nowMs: number): string {
  const path = (name: string): string => join(dataDir, name);
  const kept = `secret.until-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`;
  linkSync(path('secret'), path(kept));
  renameSync(path('secret.next'), path('secret'));
  return kept;
}

function parting(kept: string | null): string[] {
  return [
    kept === null
      ? 'Done. Start the servers with KEYWARD_SECRET. KEYWARD_SECRET_PREVIOUS may be dropped; keep it for backups of before.'
      : `Done. The new secret is in the file \`secret\`; the old one is in \`${kept}\`, and needed for backups of before only.`,
    'Keys go on working. Everybody signs in again. Make a new backup.',
  ];
}

function record({ clock }: Context, outcome: AuditOutcome): NewAuditRecord {
  return {
    atMs: clock(),
    actor: { type: 'system', id: 'command line', name: null, isOperator: true },
    address: null,
    operation: 'exchangeServerSecret',
    object: { type: 'server', id: null, name: null },
    accountId: PLATFORM_ACCOUNT_ID,
    projectId: null,
    outcome,
    code: null,
    requestId: null,
    before: null,
    after: null,
  };
}

function inWords(error: unknown): never {
  if (error instanceof Fault) throw new CommandError(EXIT.failed, error.message);
  throw error;
}
