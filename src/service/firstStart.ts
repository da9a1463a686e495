import { PLATFORM_ACCOUNT_ID, type Account, type Project } from '../core/account.ts';
import type { Clock, NewId, Random } from '../core/ambient.ts';
import { plainKey, type KeyClass } from '../core/key.ts';
import type { Store, StoreParts } from '../core/ports.ts';
import { makeAdministrator, refuseAdministrator, type Administrator } from './administrator.ts';
import { makeValue } from './values.ts';

/** What an empty store is given, and the values that are shown once. */
export interface FirstStart {
  readonly key: string;
  readonly managementKey: string;
  readonly administrator: Administrator;
  readonly model: string;
}

interface Options {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly hashValue: (value: string) => string;
  readonly keyPrefix: string;
  /** Of this node; left out or null: there are none. */
  readonly region?: string | null;
  readonly administrator: Administrator;
}

export const DEMO_MODEL = 'demo';

/**
 * Makes an empty store useful: the operator's account with a management key, the administrator, a first account with a project, the demo
 * model, and a key that opens it. Undefined when this was done before, by this or another node.
 */
export async function firstStart(
  options: Options & { readonly store: Pick<Store, 'meta' | 'together'> },
): Promise<FirstStart | undefined> {
  const { meta } = options.store;
  if ((await meta.get(MARK)) !== undefined) return undefined;
  refuseAdministrator(options.administrator);
  // All of it or nothing: half of it would be a store that nobody can enter.
  return options.store.together((store) => begin({ ...options, store }));
}

const MARK = 'first_start';

async function begin(options: Options & { readonly store: StoreParts }): Promise<FirstStart | undefined> {
  const { store, clock, newId } = options;
  const nowMs = clock();
  const mark = newId('start');
  if ((await store.meta.putOnce(MARK, mark)) !== mark) return undefined;

  const account: Account = {
    id: newId('acc'),
    name: 'Default',
    status: 'active',
    nameEditable: false,
    defaultGroupId: null,
    createdAtMs: nowMs,
  };
  const project: Project = { id: newId('prj'), accountId: account.id, name: 'Default', createdAtMs: nowMs };
  await store.accounts.create({ ...account, id: PLATFORM_ACCOUNT_ID, name: 'Platform' });
  await store.accounts.create(account);
  await store.projects.create(project);

  const provider = {
    id: newId('prv'),
    name: 'demo',
    kind: 'demo' as const,
    baseUrl: '',
    credential: null,
    credentialHeader: null,
    timeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    createdAtMs: nowMs,
  };
  await store.catalogue.providers.create(provider);
  const prices = {
    inputNanoPerMillion: 1_000_000_000n,
    cachedInputNanoPerMillion: null,
    cacheWriteNanoPerMillion: null,
    outputNanoPerMillion: 2_000_000_000n,
  };
  await store.catalogue.models.create({
    id: newId('mdl'),
    name: DEMO_MODEL,
    accountId: null,
    projectId: null,
    providerId: provider.id,
    upstreamModel: DEMO_MODEL,
    prices,
    maxOutputTokens: 4096,
    createdAtMs: nowMs,
  });

  async function makeKey(
    keyClass: KeyClass,
    name: string,
    accountId: string,
    projectId: string | null,
  ): Promise<string> {
    const id = newId('key');
    const { value, secret } = makeValue(options, { id, accountId }, { nowMs });
    const { masked } = secret;
    const region = keyClass === 'standard' ? (options.region ?? null) : null;
    const given = {
      id,
      accountId,
      projectId,
      class: keyClass,
      name,
      masked,
      region,
      createdBy: 'system',
      createdAtMs: nowMs,
    };
    const description = 'Made at the first start.';
    await store.keys.create({ ...plainKey(given), description, isDefault: projectId !== null }, secret);
    return value;
  }

  return {
    model: DEMO_MODEL,
    administrator: await makeAdministrator(options.administrator, account.id, options),
    managementKey: await makeKey('management', 'First management key', PLATFORM_ACCOUNT_ID, null),
    key: await makeKey('standard', 'First key', account.id, project.id),
  };
}
