import { Option, type Command } from 'commander';
import type { z } from 'zod';
import { createdKeyOut } from '../http/manage/schema/keys.ts';
import { parsed } from './api.ts';
import { connect } from './connection.ts';
import type { Context, GlobalOptions } from './context.ts';
import { keyDraft, type CreateOptions } from './keyDraft.ts';
import { chooseKey } from './keyLookup.ts';
import { keyDetails } from './keyView.ts';
import { chooseProject } from './projects.ts';
import { resourceNames } from './resourceNames.ts';
import { paint } from './table.ts';

/** `keyward keys create`. */
export function addCreate(keys: Command, context: Context): void {
  const { terminal, clock } = context;
  keys
    .command('create')
    .description('Create a key. Its value is shown once, here.')
    .argument('<name>', 'a name for people, such as prod-api; 1 to 64 characters')
    .addOption(projectOption())
    .option('--description <text>', 'what it is for')
    .option('--environment <label>', 'a label for people and filters, such as prod')
    .addOption(new Option('--scope <scope>', 'what it opens: everything in the project').choices(['all']))
    .option('--model <name>', 'a model it opens, by name or id (repeat for more)', collect)
    .option('--endpoint <id>', 'an endpoint it opens, by id (repeat for more)', collect)
    .option('--service <name[:read]>', 'a service it opens; :read for safe methods only (repeat for more)', collect)
    .option(
      '--allow <address>',
      'an address or network it may be used from, such as 10.0.0.0/24 (repeat for more)',
      collect,
    )
    .option(
      '--deny <address>',
      'an address or network it may not be used from; beats --allow (repeat for more)',
      collect,
    )
    .option('--expires <when>', 'a time (2030-01-01T00:00:00Z), a span from now (30d, 12h) or never')
    .option('--group <group>', 'the group it is in, by id or name: which models it opens, and at which prices')
    .option('--region <region>', 'the region it belongs to, for good; left out: that of the server')
    .option('--disabled', 'opens nothing until it is enabled')
    .option(
      '--copy-from <key>',
      'take over the settings of this key (id, exact name or masked value) where none are given',
    )
    .option('--idempotency-key <token>', 'send the same creation again without making a second key (24 hours)')
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const body = keyDraft(name, options, clock());
      const api = await connect(context, globals);
      const projectId = await chooseProject(api, options.project);
      const { copyFrom, idempotencyKey } = options;
      const answer = await api.call({
        method: 'POST',
        path: `/projects/${encodeURIComponent(projectId)}/keys`,
        body: copyFrom === undefined ? body : { ...body, copyFrom: await chooseKey(api, copyFrom, projectId) },
        headers: idempotencyKey === undefined ? {} : { 'idempotency-key': quoted(idempotencyKey) },
      });
      if (globals.json) return terminal.out(answer.text);
      const key = parsed(createdKeyOut, answer);
      const look = { columns: terminal.columns, colour: terminal.colour, nowMs: clock() };
      for (const line of announcement(key, key.baseUrl ?? api.baseUrl, terminal.colour)) terminal.out(line);
      for (const line of keyDetails(key, await resourceNames(api, key), look)) terminal.out(line);
      return undefined;
    });
}

/** `--project`, as several commands take it. */
export function projectOption(): Option {
  return new Option('--project <project>', 'id or exact name; may be left out where there is only one');
}

/** Gathers an option that can be repeated. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** The value once, what to do with it, and what never to do (T04, V16). */
export function announcement(key: z.output<typeof createdKeyOut>, baseUrl: string, colour: boolean): string[] {
  if (key.value === null) {
    return [
      'This creation was sent before with the same --idempotency-key: nothing was made, and the value is not shown again.',
      '',
    ];
  }
  return [
    'Created. This is the key, shown only this once:',
    '',
    `  ${paint(key.value, colour ? 'bold' : undefined)}`,
    '',
    'Store it safely now, and never share it or put it into code or web pages: whoever',
    'has it can use your models, at your cost.',
    '',
    ...(key.class !== 'management'
      ? [
          'Applications for the OpenAI API take it from the environment (… stands for the key):',
          '',
          `  export OPENAI_BASE_URL=${baseUrl}/v1`,
          '  export OPENAI_API_KEY=…',
        ]
      : [
          'It opens the management API (… stands for the key):',
          '',
          `  export KEYWARD_URL=${baseUrl}`,
          '  export KEYWARD_MANAGEMENT_KEY=…',
        ]),
    '',
  ];
}

/** A structured string (RFC 9651 §3.3.3). What it cannot hold, the server refuses. */
export function quoted(token: string): string {
  return `"${token.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}
