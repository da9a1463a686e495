import { InvalidArgumentError, Option, type Command } from 'commander';
import { z } from 'zod';
import { AUDIT_OUTCOMES } from '../core/audit.ts';
import { auditCheckOut, auditEventOut, toAuditCheckOut } from '../http/manage/schema/audit.ts';
import { parsed } from './api.ts';
import { connect } from './connection.ts';
import type { Context, GlobalOptions } from './context.ts';
import { CommandError, EXIT, type ExitCode } from './exit.ts';
import { askStoreOrServer } from './storeOrServer.ts';
import { table, type Column } from './table.ts';
import { printable } from './width.ts';

type Event = z.output<typeof auditEventOut>;
type Check = z.output<typeof auditCheckOut>;

/** A log of many millions of rows takes its time to be read. */
const TIMEOUT_MS = 290_000;

/** `keyward audit …`: who changed what. */
export function addAudit(program: Command, context: Context, leave: (code: ExitCode) => void): void {
  const audit = program.command('audit').description('Read the audit log, and prove that it is whole.');
  addList(audit, context);
  addExport(audit, context);
  addVerify(audit, context, leave);
}

function addList(audit: Command, context: Context): void {
  const { terminal } = context;
  filters(audit.command('list').description('List who changed what, and who was refused, newest first.'))
    .option('--limit <number>', 'most events to list, up to 200', wholeNumber, 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended (its nextCursor)')
    .action(async (options: Record<string, string | number | undefined>, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const api = await connect(context, globals);
      const answer = await api.call({ path: '/audit-events', query: toQuery(options) });
      if (globals.json) return terminal.out(answer.text);
      const { data, nextCursor } = parsed(page, answer);
      if (data.length === 0) return terminal.out('No events found.');
      for (const line of table(data, COLUMNS, terminal)) terminal.out(line);
      if (nextCursor !== null) terminal.err(`There are more: go on with --cursor ${nextCursor}`);
      return undefined;
    });
}

function addExport(audit: Command, context: Context): void {
  const { terminal } = context;
  filters(audit.command('export').description('Write all events that match to stdout, oldest first.'))
    .addOption(
      new Option('--format <format>', 'for spreadsheets or programs').choices(['csv', 'jsonl']).default('jsonl'),
    )
    .action(async (options: Record<string, string | undefined>, command: Command) => {
      const api = await connect(context, command.optsWithGlobals<GlobalOptions>());
      for await (const line of api.lines({ path: '/audit-events/export', query: toQuery(options) })) terminal.out(line);
    });
}

function addVerify(audit: Command, context: Context, leave: (code: ExitCode) => void): void {
  const { terminal } = context;
  audit
    .command('verify')
    .description(
      'Prove that no event was changed, removed, added or moved. Asks the server where one is named or holds the store; otherwise opens the store itself.',
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const check = await askStoreOrServer<Check>(context, options, {
        store: async (store, knowsSecret) => {
          if (!knowsSecret)
            throw new CommandError(
              EXIT.failed,
              'The server secret is not the one this store was made with: nothing can be proved without it.',
            );
          return toAuditCheckOut(await store.audit.verify());
        },
        server: async (api) =>
          parsed(auditCheckOut, await api.call({ path: '/audit-events/verify', timeoutMs: TIMEOUT_MS })),
      });
      terminal.out(options.json ? JSON.stringify(check) : words(check));
      if (!check.ok) leave(EXIT.failed);
    });
}

function filters(command: Command): Command {
  return command
    .option('--account <id>', 'of this account')
    .option('--project <id>', 'of this project')
    .option('--actor <id>', 'done by this key or person; root for the root key')
    .option('--object-type <type>', 'done to things of this kind, like key')
    .option('--object <id>', 'done to this thing')
    .option('--operation <name>', 'only this operation, like createKey')
    .addOption(new Option('--outcome <outcome>', 'only with this outcome').choices([...AUDIT_OUTCOMES]))
    .option('--from <time>', 'start, like 2026-03-01T00:00:00Z')
    .option('--to <time>', 'end, not included');
}

const NAMES: Readonly<Record<string, string>> = {
  account: 'accountId',
  project: 'projectId',
  actor: 'actorId',
  object: 'objectId',
};

/** Of the command's own options; those of all commands are not among them. */
function toQuery(options: Record<string, string | number | undefined>): Record<string, string | number | undefined> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [NAMES[name] ?? name, value]));
}

const page = z.object({ data: z.array(auditEventOut), nextCursor: z.string().nullable() });

const COLUMNS: readonly Column<Event>[] = [
  { title: 'TIME', text: ({ at }) => `${at.slice(0, 10)} ${at.slice(11, 19)}` },
  { title: 'WHO', text: ({ actor }) => printable(actor.name ?? actor.id) },
  { title: 'OPERATION', text: ({ operation }) => operation },
  { title: 'WHAT', text: ({ object }) => printable(object.name ?? object.id ?? object.type), flexible: true },
  {
    title: 'OUTCOME',
    text: ({ outcome, code }) => (code === null ? outcome : `${outcome} (${code})`),
    colour: ({ outcome }) => (outcome === 'done' ? 'green' : 'yellow'),
  },
  { title: 'FROM', text: ({ address }) => printable(address ?? ''), optional: true },
];

const PROBLEMS: Record<NonNullable<Check['problem']>, string> = {
  missing: 'it was removed, or others between it and the one before',
  changed: 'it says something else than was written, or this server did not write it',
  unlinked: 'it does not follow the one before it',
  truncated: 'it and those after it were cut off',
  head: 'the note of where the log ends was removed or changed',
};

function words({ ok, events, head, brokenSeq, problem }: Check): string {
  if (ok) return `The audit log is whole: ${events} events, up to ${head?.seq} ${head?.hash}.`;
  return `The audit log is broken at event ${brokenSeq}: ${problem === null ? 'unknown' : PROBLEMS[problem]}.`;
}

function wholeNumber(text: string): number {
  if (/^(?:[1-9]\d?|1\d\d|200)$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 200.');
}
