import type { Command } from 'commander';
import { createdKeyOut } from '../http/manage/schema/keys.ts';
import { parsed } from './api.ts';
import { connect } from './connection.ts';
import type { Context, GlobalOptions } from './context.ts';
import { announcement, collect, projectOption, quoted } from './creation.ts';
import { usageError } from './exit.ts';
import { scopeOf } from './keyDraft.ts';
import { chooseKey } from './keyLookup.ts';
import { keyDetails } from './keyView.ts';
import { resourceNames } from './resourceNames.ts';
import { printable } from './width.ts';

interface TemporaryOptions {
  readonly project?: string;
  readonly ttl: string;
  readonly name?: string;
  readonly description?: string;
  readonly model?: readonly string[];
  readonly endpoint?: readonly string[];
  readonly service?: readonly string[];
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly idempotencyKey?: string;
}

/** `keyward keys temporary`. */
export function addTemporary(keys: Command, context: Context): void {
  const { terminal, clock } = context;
  keys
    .command('temporary')
    .description(
      'Make a temporary key from a key: it ends by itself and is never more than that. Its value is shown once, here.',
    )
    .argument('<key>', 'the key it is made from: id, exact name or masked value')
    .addOption(projectOption())
    .requiredOption('--ttl <span>', 'how long it lives: 60s to 30d (90s, 15m, 12h, 7d)')
    .option('--name <name>', 'a name for people (default: that of the key, with “(temporary)”)')
    .option('--description <text>', 'what it is for')
    .option(
      '--model <name>',
      'a model it opens, by name or id; no options: all the key opens (repeat for more)',
      collect,
    )
    .option('--endpoint <id>', 'an endpoint it opens, by id (repeat for more)', collect)
    .option('--service <name[:read]>', 'a service it opens; :read for safe methods only (repeat for more)', collect)
    .option('--allow <address>', 'an address or network it may be used from, of those of the key (repeat)', collect)
    .option('--deny <address>', 'an address or network it may not be used from; beats --allow (repeat)', collect)
    .option('--idempotency-key <token>', 'send the same again without making a second key (24 hours)')
    .action(async (asked: string, options: TemporaryOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const { project, ttl, name, description, allow, deny, idempotencyKey } = options;
      const scope = scopeOf(options);
      const body = {
        ttlSeconds: secondsOf(ttl),
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
        ...(scope && { scope }),
        ...(allow && { ipAllow: allow }),
        ...(deny && { ipDeny: deny }),
      };
      const api = await connect(context, globals);
      const answer = await api.call({
        method: 'POST',
        path: `/keys/${await chooseKey(api, asked, project)}/temporary-keys`,
        body,
        headers: idempotencyKey === undefined ? {} : { 'idempotency-key': quoted(idempotencyKey) },
      });
      if (globals.json) return terminal.out(answer.text);
      const key = parsed(createdKeyOut, answer);
      const look = { columns: terminal.columns, colour: terminal.colour, nowMs: clock() };
      for (const line of announcement(key, api.baseUrl, terminal.colour)) terminal.out(line);
      for (const line of keyDetails(key, await resourceNames(api, key), look)) terminal.out(line);
      return undefined;
    });
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** `90s`, `15m`, `12h`, `7d`: whether it is within bounds, the server says. */
function secondsOf(text: string): number {
  const [, amount, unit] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return Number(amount) * SECONDS[unit as keyof typeof SECONDS];
  throw usageError(`--ttl takes a span like 90s, 15m, 12h or 7d, not ${printable(text)}.`);
}
