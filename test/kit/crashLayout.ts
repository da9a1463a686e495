import type { CrashServer } from './crashServer.ts';

/** One nano-unit is a billionth: what the load's model costs for each token in and out. */
export const INPUT_NANO = 3_000n;
export const OUTPUT_NANO = 7_000n;
export const LOAD_MODEL = 'load/model';

export interface LoadKey {
  readonly id: string;
  readonly value: string;
  /** Most calls at once; null: as many as its project lets pass. */
  readonly mostAtOnce: number | null;
}

type Limit = { unit: string; amount: number | string; window?: object };

/** Every unit in every kind of window, small enough to refuse some of the load. */
const WINDOWS: readonly (readonly [window: object, requests: number, tokens: number, cost: string])[] = [
  [{ kind: 'rolling', seconds: 1 }, 6, 2_500, '0.009'],
  [{ kind: 'session', seconds: 1 }, 8, 3_000, '0.011'],
  [{ kind: 'calendar', period: 'day', timeZone: 'Asia/Shanghai' }, 150, 60_000, '0.3'],
  [{ kind: 'lifetime' }, 60, 30_000, '0.1'],
];
const SINGLE = WINDOWS.flatMap(([window, requests, tokens, cost]): Limit[][] => [
  [{ unit: 'requests', amount: requests, window }],
  [{ unit: 'tokens', amount: tokens, window }],
  [{ unit: 'cost', amount: cost, window }],
]);
const MANY: readonly Limit[] = [
  { unit: 'requests', amount: 30, window: { kind: 'rolling', seconds: 1 } },
  { unit: 'tokens', amount: 9_000, window: { kind: 'session', seconds: 2 } },
  { unit: 'cost', amount: '5', window: { kind: 'lifetime' } },
  { unit: 'concurrency', amount: 2 },
];
const ON_PROJECT: readonly Limit[] = [
  { unit: 'tokens', amount: 120_000, window: { kind: 'rolling', seconds: 1 } },
  { unit: 'cost', amount: '500', window: { kind: 'calendar', period: 'day', timeZone: 'UTC' } },
  { unit: 'concurrency', amount: 14 },
];
const ON_ACCOUNT: readonly Limit[] = [
  { unit: 'requests', amount: 700, window: { kind: 'rolling', seconds: 2 } },
  { unit: 'tokens', amount: 300_000, window: { kind: 'session', seconds: 2 } },
  { unit: 'cost', amount: '1000', window: { kind: 'lifetime' } },
];

/** A project whose keys have limits of every unit and window, in budgets of project and account. */
export async function layOut(server: CrashServer, upstreamUrl: string): Promise<{ keys: LoadKey[]; free: LoadKey }> {
  const make = async (path: string, body: object): Promise<{ id: string; value: string }> =>
    server.api('POST', path, body);
  const account = await make('/accounts', { name: 'Load' });
  await server.api('PATCH', `/accounts/${account.id}/quota`, { keyCap: 1_000 });
  const project = await make('/projects', { accountId: account.id, name: 'Load' });
  const provider = await make('/providers', {
    name: 'load',
    kind: 'openai',
    baseUrl: upstreamUrl,
    credential: 'sk-load',
  });
  await make('/models', {
    name: LOAD_MODEL,
    providerId: provider.id,
    prices: { inputPerMillion: '3', outputPerMillion: '7' },
  });
  const template = await make(`/accounts/${account.id}/limit-templates`, {
    name: 'Two in a second',
    limits: [{ unit: 'requests', amount: 12, window: { kind: 'rolling', seconds: 1 } }],
  });
  for (const limit of ON_PROJECT) await make(`/projects/${project.id}/limits`, limit);
  for (const limit of ON_ACCOUNT) await make(`/accounts/${account.id}/limits`, limit);
  const makeKey = async (limits: readonly Limit[], projectId = project.id, more: object = {}): Promise<LoadKey> => {
    const key = await make(`/projects/${projectId}/keys`, { name: 'load', scope: { mode: 'all' }, limits, ...more });
    const concurrency = limits.find(({ unit }) => unit === 'concurrency');
    return { id: key.id, value: key.value, mostAtOnce: concurrency ? Number(concurrency.amount) : null };
  };
  const sets: readonly (readonly Limit[])[] = [...SINGLE, MANY, MANY, [{ unit: 'concurrency', amount: 1 }], [], []];
  const keys: LoadKey[] = [];
  for (const limits of sets) keys.push(await makeKey(limits));
  for (let copy = 0; copy < 2; copy += 1) keys.push(await makeKey([], project.id, { limitTemplateId: template.id }));
  const elsewhere = await make('/projects', { accountId: account.id, name: 'Free' });
  // For the one call that must always pass.
  const free = await makeKey([], elsewhere.id);
  return { keys, free };
}
