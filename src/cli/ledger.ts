import type { Command } from 'commander';
import type { z } from 'zod';
import type { Config } from '../config.ts';
import { ledgerCheckOut, toLedgerCheckOut } from '../http/manage/schema/ledger.ts';
import { checkLedger } from '../service/ledgerCheck.ts';
import { createApi, parsed, type Api } from './api.ts';
import { withoutSecrets } from './checks/finding.ts';
import { serverAddress } from './checks/server.ts';
import { connect, managementKey, settingsOf } from './connection.ts';
import type { Context, GlobalOptions } from './context.ts';
import { CommandError, EXIT, usageError, type ExitCode } from './exit.ts';
import { table, type Column } from './table.ts';

interface VerifyOptions extends GlobalOptions {
  readonly repair?: true;
}

type Check = z.output<typeof ledgerCheckOut>;
type Difference = Check['data'][number];

/** A ledger of many millions of rows takes its time to be added up; past five minutes fetch itself would give up. */
const TIMEOUT_MS = 290_000;
/** More lines than that tell nobody more. */
const MOST_LINES = 50;

/** `keyward ledger verify`: proves that what limits count is what the ledger says. */
export function addLedger(program: Command, context: Context, leave: (code: ExitCode) => void): void {
  const { terminal } = context;
  const ledger = program.command('ledger').description('Look after the record of calls.');
  ledger
    .command('verify')
    .description(
      'Compare what every limit counts with the ledger and the calls under way. Asks the server where one is named or holds the store; otherwise opens the store itself.',
    )
    .option('--repair', 'write what the ledger says into the counters that differ')
    .action(async (_options: VerifyOptions, command: Command) => {
      const options = command.optsWithGlobals<VerifyOptions>();
      const check = await verify(context, options);
      if (options.json) terminal.out(JSON.stringify(check));
      else for (const line of report(check, terminal)) terminal.out(line);
      if (check.differences > 0 && !check.repaired) leave(EXIT.failed);
    });
}

async function verify(context: Context, options: VerifyOptions): Promise<Check> {
  const repair = options.repair === true;
  if (options.url !== undefined || context.environment['KEYWARD_URL'] !== undefined)
    return askServer(await connect(context, options), repair);
  const config = settingsOf(context);
  // Loaded here, so that the other commands need not wait for database drivers.
  const { openForChecks } = await import('./checks/store.ts');
  const opened = await openForChecks(config);
  if (opened.state === 'open') {
    try {
      return toLedgerCheckOut(await checkLedger({ limits: opened.store.limits, clock: context.clock }, repair));
    } finally {
      await opened.store.close();
    }
  }
  if (opened.state === 'failed' || opened.state === 'behind') {
    const [first = '', ...details] = opened.findings
      .filter(({ outcome }) => outcome === 'failed' || outcome === 'warning')
      .map(({ detail }) => withoutSecrets(detail, context.environment));
    throw new CommandError(EXIT.failed, first, { details });
  }
  return askServer(await localServer(context, options, config, opened.state), repair);
}

async function localServer(
  context: Context,
  options: GlobalOptions,
  config: Config,
  state: 'held' | 'none',
): Promise<Api> {
  const key = await managementKey(context, options, config);
  if (key === null) {
    throw usageError(
      state === 'held'
        ? 'A running server holds the store, and it answers an operator’s key only. Set KEYWARD_MANAGEMENT_KEY, or give --key-file.'
        : 'There is no store here. Run this with the settings of the server, or name it with --url and give a key.',
    );
  }
  return createApi({ baseUrl: serverAddress(config, undefined, false), key, version: context.version });
}

async function askServer(api: Api, repair: boolean): Promise<Check> {
  const request = { method: 'POST', path: '/ledger/verify', body: { repair }, timeoutMs: TIMEOUT_MS } as const;
  return parsed(ledgerCheckOut, await api.call(request));
}

const COLUMNS: readonly Column<Difference>[] = [
  { title: 'LIMIT', text: ({ limitId }) => limitId },
  { title: 'COUNTS', text: ({ subjectId }) => subjectId, flexible: true },
  { title: 'FROM', text: ({ windowStart }) => `${windowStart.slice(0, 10)} ${windowStart.slice(11, 19)}` },
  { title: 'COUNTER', text: ({ stored }) => sum(stored) },
  { title: 'LEDGER', text: ({ derived }) => sum(derived) },
];

function report({ differences, repaired, data }: Check, look: { columns: number; colour: boolean }): string[] {
  if (differences === 0) return ['Every counter is what the ledger says.'];
  const shown = data.slice(0, MOST_LINES);
  const lines = [...table(shown, COLUMNS, look), ''];
  if (differences > shown.length) lines.push(`… and ${differences - shown.length} more.`, '');
  lines.push(
    'Amounts are used + held for calls under way, in the unit of the limit; costs in billionths. Times are UTC.',
    repaired
      ? `${counters(differences)} differed, and what the ledger says has been written.`
      : `${counters(differences)} differ. Nothing was changed; \`keyward ledger verify --repair\` writes what the ledger says.`,
  );
  return lines;
}

function sum({ settled, reserved }: Difference['stored']): string {
  return reserved === '0' ? settled : `${settled} + ${reserved}`;
}

function counters(number: number): string {
  return `${number} ${number === 1 ? 'counter' : 'counters'}`;
}
