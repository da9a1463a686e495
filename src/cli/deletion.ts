import type { Command } from 'commander';
import { z } from 'zod';
import { parsed, type Api } from './api.ts';
import { connect } from './connection.ts';
import type { Context, GlobalOptions } from './context.ts';
import { projectOption } from './creation.ts';
import { CommandError, EXIT, usageError } from './exit.ts';
import { chooseKey } from './keyLookup.ts';
import { ago } from './keyView.ts';
import { pairs } from './table.ts';
import { printable } from './width.ts';

interface DeleteOptions {
  readonly project?: string;
  readonly yes?: true;
}

/** What the server says before it deletes. */
const check = z.object({
  name: z.string(),
  masked: z.string(),
  lastUsedAt: z.string().nullable(),
  requestsLast24h: z.number(),
  confirm: z.string(),
});

/** `keyward keys delete`: permanent, so it never happens with one step (T17). */
export function addDelete(keys: Command, context: Context): void {
  const { terminal, clock } = context;
  keys
    .command('delete')
    .description('Delete a key for good: shows what would be lost and asks for the key’s name.')
    .argument('<key>', 'id, exact name or masked value')
    .addOption(projectOption())
    .option('--yes', 'do not ask; needed where no terminal is there to answer')
    .action(async (asked: string, { project, yes }: DeleteOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      if (!yes && !terminal.interactive) {
        throw usageError(
          'Deleting asks for the key’s name, and no terminal is here to answer. Give --yes if you are sure. Nothing was deleted.',
        );
      }
      const api = await connect(context, globals);
      const id = await chooseKey(api, asked, project);
      const answer = await api.call({ method: 'DELETE', path: `/keys/${id}`, expects: 428 });
      const found = parsed(check, answer);
      if (!yes) await confirmed(context, found);
      await remove(api, id, found.confirm);
      if (!globals.json)
        terminal.out(
          `Deleted ${printable(found.name)} (${printable(found.masked)}). Requests with it are refused from now on.`,
        );
    });

  async function confirmed({ terminal }: Context, found: z.output<typeof check>): Promise<void> {
    // On stderr, so that nothing but the outcome is on stdout.
    terminal.err('This key will be deleted for good. It cannot be brought back, and what still uses it will fail:\n');
    const lines = pairs([
      ['  Name', printable(found.name)],
      ['  Key', printable(found.masked)],
      ['  Last used', ago(found.lastUsedAt, clock())],
      ['  Calls in the last 24 h', String(found.requestsLast24h)],
    ]);
    for (const line of lines) terminal.err(line);
    terminal.err('');
    const typed = await terminal.ask('Type the name of the key to delete it: ');
    if (typed === null) {
      terminal.err('');
      throw new CommandError(EXIT.failed, 'Nothing was deleted.');
    }
    if (typed.trim() !== found.name) {
      throw new CommandError(EXIT.failed, 'This is not the name of the key. Nothing was deleted.');
    }
  }
}

async function remove(api: Api, id: string, confirm: string): Promise<void> {
  await api.call({ method: 'DELETE', path: `/keys/${id}`, query: { confirm } });
}
