import type { Scope, ScopedResource } from '../core/scope.ts';
import { usageError } from './exit.ts';
import { printable } from './width.ts';

/** The options of `keys create`, as commander reads them. */
export interface CreateOptions {
  readonly project?: string;
  readonly description?: string;
  readonly environment?: string;
  readonly scope?: 'all';
  readonly model?: readonly string[];
  readonly endpoint?: readonly string[];
  readonly service?: readonly string[];
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly expires?: string;
  readonly group?: string;
  readonly region?: string;
  readonly disabled?: true;
  readonly copyFrom?: string;
  readonly idempotencyKey?: string;
}

/** The body of the creation. What is not asked for is left out, so that the server's defaults, or the copied key, decide. */
export function keyDraft(name: string, options: CreateOptions, nowMs: number): Readonly<Record<string, unknown>> {
  const { description, environment, allow, deny, expires, group, region, disabled, copyFrom } = options;
  const scope = scopeOf(options);
  if (scope === undefined && copyFrom === undefined) {
    throw usageError(
      'Say what the key may open: --scope all, or any of --model, --endpoint and --service (each can be repeated).',
    );
  }
  if (expires !== undefined && options.idempotencyKey !== undefined && AFTER.test(expires)) {
    throw usageError(
      'With --idempotency-key give --expires as a time: counted from now it would be another creation each time.',
    );
  }
  return {
    name,
    ...(description !== undefined && { description }),
    ...(environment !== undefined && { environment }),
    ...(scope && { scope }),
    ...(allow && { ipAllow: allow }),
    ...(deny && { ipDeny: deny }),
    ...(expires !== undefined && { expiresAt: expiryOf(expires, nowMs) }),
    ...(group !== undefined && { groupId: group }),
    ...(region !== undefined && { region }),
    ...(disabled && { status: 'disabled' }),
    ...(copyFrom !== undefined && { copyFrom }),
  };
}

const AFTER = /^([1-9]\d{0,4})(h|d)$/;
const UNIT_MS = { h: 3_600_000, d: 86_400_000 } as const;

/** `30d` and `12h` from now on, `never`, or a time as it is: the server checks those. */
function expiryOf(text: string, nowMs: number): string | null {
  if (text === 'never') return null;
  const after = AFTER.exec(text);
  if (after) return new Date(nowMs + Number(after[1]) * UNIT_MS[after[2] as keyof typeof UNIT_MS]).toISOString();
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return text;
  throw usageError(
    `--expires takes a time with its zone (2030-01-01T00:00:00Z), a span from now (30d, 12h) or never, not ${printable(text)}.`,
  );
}

/** What is asked for by name, or everything; undefined: nothing was said of it. */
export function scopeOf({
  scope,
  model = [],
  endpoint = [],
  service = [],
}: Pick<CreateOptions, 'scope' | 'model' | 'endpoint' | 'service'>): Scope | undefined {
  const resources: ScopedResource[] = [
    ...model.map((id) => ({ type: 'model' as const, id })),
    ...endpoint.map((id) => ({ type: 'endpoint' as const, id })),
    ...service.map(serviceOf),
  ];
  if (resources.length === 0) return scope && { mode: 'all' };
  if (scope) throw usageError('--scope all already opens everything: leave it out to open the named resources only.');
  return { mode: 'range', resources };
}

/** `name`, `name:read` or `name:write`. A service's name has no colon. */
function serviceOf(text: string): ScopedResource {
  const [id = '', access, ...more] = text.split(':');
  if (access === undefined) return { type: 'service', id };
  if (more.length > 0 || (access !== 'read' && access !== 'write')) {
    throw usageError(`--service takes NAME, NAME:read or NAME:write, not ${printable(text)}.`);
  }
  return { type: 'service', id, access };
}
