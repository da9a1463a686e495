import { InvalidArgumentError, Option, type Command } from 'commander';
import { keyOut } from '../http/manage/schema/keys.ts';
import { parsed } from './api.ts';
import { connect } from './connection.ts';
import type { Context, GlobalOptions } from './context.ts';
import { addCreate, projectOption } from './creation.ts';
import { addDelete } from './deletion.ts';
import { chooseKey, listKeys, type KeyFilters } from './keyLookup.ts';
import { keyDetails, keyTable } from './keyView.ts';
import { chooseProject } from './projects.ts';
import { resourceNames } from './resourceNames.ts';
import { addTemporary } from './temporaryKeys.ts';
import { printable } from './width.ts';

interface ListOptions extends Omit<KeyFilters, 'groupId' | 'parentKeyId'> {
  readonly madeFrom?: string;
  readonly project?: string;
  readonly group?: string;
  readonly limit: number;
}

/** `keyward keys …`. */
export function addKeys(program: Command, context: Context): void {
  const keys = program.command('keys').description('Create and look after keys.');
  addCreate(keys, context);
  addTemporary(keys, context);
  addList(keys, context);
  addShow(keys, context);
  addSwitch(
    keys,
    context,
    'disable',
    'Disable a key: requests with it are refused (401) from the next one on, and streams are cut.',
    (key) => `Disabled ${key}. Requests with it are refused from now on, until it is enabled again.`,
  );
  addSwitch(
    keys,
    context,
    'enable',
    'Enable a key: it works again from the next request on.',
    (key) => `Enabled ${key}.`,
  );
  addDelete(keys, context);
}

function addList(keys: Command, context: Context): void {
  const { terminal, clock } = context;
  keys
    .command('list')
    .description('List the keys of a project, newest first.')
    .addOption(projectOption())
    .option('--search <text>', 'found in name, description or masked value')
    .addOption(new Option('--state <state>', 'only keys in this state').choices(['active', 'disabled', 'expired']))
    .option('--environment <label>', 'only keys with this label')
    .option('--group <id>', 'only keys in this group, by id')
    .option('--region <region>', 'only keys of this region')
    .addOption(new Option('--class <class>', 'only such keys').choices(['standard', 'temporary', 'management']))
    .option('--made-from <key>', 'only temporary keys made from this key (id, exact name or masked value)')
    .option('--created-by <id>', 'only keys made by this management key; me for the one in use')
    .option('--unused-for-days <days>', 'only keys not used for so many days', wholeNumber(0, 36_500))
    .option('--older-than-days <days>', 'only keys made more than so many days ago', wholeNumber(0, 36_500))
    .option('--limit <number>', 'most keys to list', wholeNumber(1, 100_000), 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended (its nextCursor)')
    .action(async ({ project, limit, group, madeFrom, ...rest }: ListOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const api = await connect(context, globals);
      const projectId = await chooseProject(api, project);
      const parent = madeFrom === undefined ? {} : { parentKeyId: await chooseKey(api, madeFrom, projectId) };
      const filters = { ...rest, ...parent, ...(group !== undefined && { groupId: group }) };
      const { data, raw, nextCursor } = await listKeys(api, projectId, filters, limit);
      if (globals.json) return terminal.out(JSON.stringify({ data: raw, nextCursor }));
      if (data.length === 0) return terminal.out('No keys found. `keyward keys create` makes one.');
      for (const line of keyTable(data, { columns: terminal.columns, colour: terminal.colour, nowMs: clock() }))
        terminal.out(line);
      if (nextCursor !== null) terminal.err(`There are more: raise --limit (now ${limit}), or narrow the list.`);
      return undefined;
    });
}

function addShow(keys: Command, context: Context): void {
  const { terminal, clock } = context;
  keys
    .command('show')
    .description('Show all there is to know of a key, but never its value.')
    .argument('<key>', 'id, exact name or masked value')
    .addOption(projectOption())
    .action(async (asked: string, { project }: { project?: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const api = await connect(context, globals);
      const answer = await api.call({ path: `/keys/${await chooseKey(api, asked, project)}` });
      if (globals.json) return terminal.out(answer.text);
      const key = parsed(keyOut, answer);
      const look = { columns: terminal.columns, colour: terminal.colour, nowMs: clock() };
      for (const line of keyDetails(key, await resourceNames(api, key), look)) terminal.out(line);
      return undefined;
    });
}

function addSwitch(
  keys: Command,
  context: Context,
  verb: 'disable' | 'enable',
  description: string,
  done: (key: string) => string,
): void {
  const { terminal } = context;
  keys
    .command(verb)
    .description(description)
    .argument('<key>', 'id, exact name or masked value')
    .addOption(projectOption())
    .action(async (asked: string, { project }: { project?: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const api = await connect(context, globals);
      const answer = await api.call({ method: 'POST', path: `/keys/${await chooseKey(api, asked, project)}/${verb}` });
      if (globals.json) return terminal.out(answer.text);
      const { name, masked, state } = parsed(keyOut, answer);
      terminal.out(done(`${printable(name)} (${printable(masked)})`));
      if (state === 'expired') terminal.out('It has expired, so it opens nothing either way.');
      return undefined;
    });
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
