import type { KeyAnswer } from './keyLookup.ts';
import { pairs, paint, table, type Colour, type Column } from './table.ts';
import { printable } from './width.ts';

/** How keys look to people. Everything that somebody typed goes through `printable`. */

interface Look {
  readonly columns: number;
  readonly colour: boolean;
  readonly nowMs: number;
}

/** The list as a table. */
export function keyTable(keys: readonly KeyAnswer[], look: Look): string[] {
  const columns: Column<KeyAnswer>[] = [
    { title: 'NAME', text: ({ name }) => printable(name), flexible: true },
    { title: 'KEY', text: ({ masked }) => printable(masked) },
    { title: 'STATE', text: ({ state }) => state, colour: ({ state }) => STATE_COLOURS[state] },
    { title: 'LAST USED', text: ({ lastUsedAt }) => ago(lastUsedAt, look.nowMs) },
    {
      title: 'SCOPE',
      text: ({ scope }) => (scope.mode === 'all' ? 'all' : `${scope.resources.length} named`),
      optional: true,
    },
    { title: 'ENVIRONMENT', text: ({ environment }) => environment ?? '', optional: true },
    {
      title: 'EXPIRES',
      text: ({ expiresAt }) => (expiresAt === null ? 'never' : expiresAt.slice(0, 10)),
      optional: true,
    },
    { title: 'CREATED', text: ({ createdAt }) => createdAt.slice(0, 10), optional: true },
    { title: 'ID', text: ({ id }) => id },
  ];
  return table(keys, columns, look);
}

/** All there is to know of one key. `names` gives the names of scoped resources by id, where they are known. */
export function keyDetails(key: KeyAnswer, names: ReadonlyMap<string, string>, look: Look): string[] {
  return pairs([
    ['Name', printable(key.name)],
    ['Id', key.id],
    ['Key', printable(key.masked)],
    ['State', paint(stateText(key), look.colour ? STATE_COLOURS[key.state] : undefined)],
    ...classLines(key),
    ['Description', printable(key.description) || '-'],
    ['Environment', key.environment ?? '-'],
    ['Scope', scopeLines(key, names)],
    ...(key.groupId === null ? [] : ([['Group', key.groupId]] as const)),
    ...(key.region === null ? [] : ([['Region', key.region]] as const)),
    ...(key.baseUrl === null ? [] : ([['Base URL', key.baseUrl]] as const)),
    ['Allowed from', key.ipAllow.length === 0 ? 'everywhere' : key.ipAllow],
    ['Denied from', key.ipDeny.length === 0 ? '-' : key.ipDeny],
    ['Expires', key.expiresAt === null ? 'never' : moment(key.expiresAt)],
    ['Created', `${moment(key.createdAt)} by ${printable(key.createdBy)}`],
    ['Last used', lastUse(key, look.nowMs)],
  ]);
}

/** How a moment of the past is told in a few characters. */
export function ago(at: string | null, nowMs: number): string {
  if (at === null) return 'never';
  const minutes = Math.max(0, Math.floor((nowMs - Date.parse(at)) / 60_000));
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 60 / 24)} d ago`;
}

const STATE_COLOURS: Record<KeyAnswer['state'], Colour> = { active: 'green', disabled: 'yellow', expired: 'red' };

function stateText({ state, status }: KeyAnswer): string {
  if (state === 'expired' && status === 'disabled') return 'expired (and disabled)';
  return state;
}

/** Nothing of standard keys: most are. */
function classLines({ class: keyClass, parentKeyId }: KeyAnswer): [string, string][] {
  if (keyClass === 'management') return [['Class', 'management: opens the management API, no model']];
  return keyClass === 'temporary'
    ? [['Class', `temporary: made from ${parentKeyId ?? '-'}, and never more than that`]]
    : [];
}

function scopeLines({ scope, parentKeyId }: KeyAnswer, names: ReadonlyMap<string, string>): string[] {
  if (scope.mode === 'all')
    return [
      parentKeyId === null ? 'all: everything in the project, what is added later included' : 'all that its key opens',
    ];
  return scope.resources.map(({ type, id, access }) => {
    const name = names.get(id);
    return `${type} ${name === undefined ? id : `${printable(name)} (${id})`}${access === 'read' ? ', reading only' : ''}`;
  });
}

function lastUse({ lastUsedAt, lastUsedAddress }: KeyAnswer, nowMs: number): string {
  if (lastUsedAt === null) return 'never';
  const from = lastUsedAddress === null ? '' : ` from ${printable(lastUsedAddress)}`;
  return `${moment(lastUsedAt)} (${ago(lastUsedAt, nowMs)})${from}`;
}

/** UTC, as in logs: the same on every machine. */
function moment(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}
