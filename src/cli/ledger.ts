import type { Command } from 'commander';
import type { z } from 'zod';
import { ledgerCheckOut, toLedgerCheckOut } from '../http/manage/schema/ledger.ts';
import { byServer } from '../service/audit.ts';
import { checkLedger } from '../service/ledgerCheck.ts';
import { parsed } from './api.ts';
import type { Context, GlobalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { askStoreOrServer } from './storeOrServer.ts';
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

function verify(context: Context, options: VerifyOptions): Promise<Check> {
  const repair = options.repair === true;
  const { clock } = context;
  return askStoreOrServer(context, options, {
    store: async (store) => {
      const by = byServer({ id: 'command line', operation: 'verifyLedger', clock });
      return toLedgerCheckOut(await store.audit.during(by, () => checkLedger({ limits: store.limits, clock }, repair)));
    },
    server: async (api) => {
      const request = { method: 'POST', path: '/ledger/verify', body: { repair }, timeoutMs: TIMEOUT_MS } as const;
      return parsed(ledgerCheckOut, await api.call(request));
    },
  });
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
