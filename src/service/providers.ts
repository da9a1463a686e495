import type { Clock, NewId } from '../core/ambient.ts';
import type { Provider } from '../core/catalogue.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { CatalogueTable } from '../core/ports.ts';
import type { Directory } from './directory.ts';
import { sliceOf } from './slice.ts';

export type ProviderDraft = Omit<Provider, 'id' | 'createdAtMs'>;
export type ProviderChange = Partial<Omit<ProviderDraft, 'kind'>>;

/** How a test call went. `status` is the upstream's, null when it was not reached. */
export interface ProviderTest {
  readonly ok: boolean;
  readonly status: number | null;
  readonly detail: string;
  /** Until the head of the answer, or until it was given up. */
  readonly durationMs: number;
}

/** Upstreams. They are the operator's alone: the doors let nobody else near these verbs. */
export interface Providers {
  create(draft: ProviderDraft): Promise<Provider>;
  list(query: PageQuery): Page<Provider>;
  get(id: string): Provider;
  change(id: string, change: ProviderChange): Promise<Provider>;
  /** Throws `conflict` while models, endpoints or services use it. */
  remove(id: string): Promise<void>;
  test(id: string): Promise<ProviderTest>;
}

export function createProviders(options: {
  table: CatalogueTable<Provider>;
  directory: Directory;
  clock: Clock;
  newId: NewId;
  /** Why a host may not be an upstream; null when it may. */
  refuseHost: (hostname: string) => string | null;
  testProvider: ((provider: Provider) => Promise<ProviderTest>) | undefined;
}): Providers {
  const { table, directory, clock, newId, refuseHost, testProvider } = options;

  function get(id: string): Provider {
    const found = directory.catalogue().providers.find((provider) => provider.id === id);
    if (!found) throw notFound('provider', id);
    return found;
  }

  return {
    async create(draft) {
      const baseUrl = checkedUrl(draft.kind, draft.baseUrl, refuseHost);
      const provider: Provider = { ...draft, baseUrl, id: newId('prv'), createdAtMs: clock() };
      await table.create(provider);
      await directory.reload();
      return provider;
    },
    list: (query) => sliceOf(directory.catalogue().providers, query),
    get,
    async change(id, change) {
      const { kind } = get(id);
      const whole =
        change.baseUrl === undefined ? change : { ...change, baseUrl: checkedUrl(kind, change.baseUrl, refuseHost) };
      const changed = await table.update(id, whole);
      if (!changed) throw notFound('provider', id);
      await directory.reload();
      return changed;
    },
    async remove(id) {
      get(id);
      if (!(await table.remove(id))) throw notFound('provider', id);
      await directory.reload();
    },
    async test(id) {
      const provider = get(id);
      if (!testProvider) throw new Fault('conflict', 'This server makes no test calls.');
      return testProvider(provider);
    },
  };
}

/** The base URL without trailing slash. The demo model has none; every other kind needs one. */
function checkedUrl(kind: Provider['kind'], given: string, refuseHost: (hostname: string) => string | null): string {
  if (kind === 'demo') {
    if (given !== '')
      throw invalidField('/baseUrl', 'The demo model is built in and has no address. Leave `baseUrl` out.');
    return '';
  }
  const url = URL.parse(given);
  if (!url || !/^https?:\/\//i.test(given))
    throw invalidField('/baseUrl', 'This must be an http or https address, like https://api.example.com/v1.');
  if (url.username || url.password)
    throw invalidField('/baseUrl', 'Credentials do not belong in the address. Put them in `credential`.');
  if (/[?#]/.test(given))
    throw invalidField('/baseUrl', 'The address must not have a query or fragment: request paths are appended to it.');
  const refused = refuseHost(url.hostname);
  if (refused !== null) throw invalidField('/baseUrl', refused);
  return url.href.replace(/\/+$/, '');
}
