import type { Catalogue, Endpoint, Model, Provider, Service } from '../core/catalogue.ts';
import type { Place } from '../core/caller.ts';
import { tierOf, type ModelAt, type Tier } from '../core/group.ts';
import type { CatalogueStore } from '../core/ports.ts';
import type { Prices } from '../core/price.ts';
import type { Resource } from '../core/scope.ts';
import { patiently } from './patience.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Where a call goes once its name is resolved. */
export interface Target {
  readonly resource: Resource;
  /** The name it was called by. */
  readonly name: string;
  readonly provider: Provider;
  /** What the provider calls the model; null for services. */
  readonly upstreamModel: string | null;
  readonly prices: Prices | null;
  readonly maxOutputTokens: number | null;
}

/** A model or endpoint as `GET /v1/models` lists it. */
export interface ListedModel {
  readonly name: string;
  readonly createdAtMs: number;
  readonly owner: string;
}

/**
 * The catalogue in memory: what a project's keys can call, by name. Replaced whole by `reload`, never half.
 *
 * Where other processes write too it is read again and again, and is not believed for longer than `maxAgeMs`: who
 * decides by it waits for `current` first.
 */
export interface Directory {
  /** Undefined while the catalogue is young enough. Otherwise resolves when it has been read anew; store faults are thrown. */
  current(): Promise<void> | undefined;
  /** Milliseconds since the catalogue was read; null where nobody else writes. */
  ageMs(): number | null;
  model(projectId: string, name: string): Target | undefined;
  service(projectId: string, name: string): Target | undefined;
  /** Whichever project’s it is. */
  serviceNamed(name: string): Service | undefined;
  /** The target as a group opens it to a key of that place, at its prices; undefined: it does not. */
  inGroup(target: Target, groupId: string, place: Place): Target | undefined;
  /** Models and endpoints that are open to whoever asks, and in a group, in a project, by name. */
  listed(place: Place, isOpenTo: (resource: Resource) => boolean, groupId: string | null): ListedModel[];
  /** A group made ready to be asked; undefined: there is none of that id. */
  tier(groupId: string): Tier | undefined;
  /** Whether a scope may name this resource: it exists and the project can see it. */
  has(projectId: string, resource: Resource): boolean;
  catalogue(): Catalogue;
  /** Reads the catalogue anew. Call it after a change is stored. */
  reload(): Promise<void>;
}

interface Index {
  readonly catalogue: Catalogue;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly modelsByName: ReadonlyMap<string, Model>;
  readonly models: ReadonlyMap<string, Model>;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly servicesByName: ReadonlyMap<string, Service>;
  readonly services: ReadonlyMap<string, Service>;
  readonly tiers: ReadonlyMap<string, Tier>;
}

/** `bound`: left out where nobody else writes. */
export async function createDirectory(
  store: Pick<CatalogueStore, 'read'>,
  bound?: { readonly maxAgeMs: number; readonly stopwatch: Stopwatch },
): Promise<Directory> {
  let index: Index;
  let sinceReading = (): number => 0;
  let latest: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  async function read(): Promise<void> {
    const sinceRead = bound?.stopwatch();
    // What is read too late is dropped, so that it replaces nothing newer.
    index = toIndex(await patiently(store.read()));
    if (sinceRead) sinceReading = sinceRead;
  }

  /** One after the other: a read that started earlier must not replace a later one. One that is still to start serves all who ask. */
  function reload(): Promise<void> {
    next ??= latest = latest
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return read();
      });
    return next;
  }

  await reload();
  return {
    current: () => (bound && sinceReading() > bound.maxAgeMs ? reload() : undefined),
    ageMs: () => (bound ? sinceReading() : null),
    model(projectId, name) {
      const endpoint = index.endpoints.get(name);
      if (endpoint) return endpoint.projectId === projectId ? endpointTarget(index, endpoint) : undefined;
      const model = index.modelsByName.get(name);
      return model && visible(model, projectId) ? modelTarget(index, model) : undefined;
    },
    serviceNamed: (name) => index.servicesByName.get(name),
    service(projectId, name) {
      const service = index.servicesByName.get(name);
      const provider = service && index.providers.get(service.providerId);
      if (!provider || service.projectId !== projectId) return undefined;
      return {
        resource: { type: 'service', id: service.id },
        name,
        provider,
        upstreamModel: null,
        prices: null,
        maxOutputTokens: null,
      };
    },
    inGroup(target, groupId, place) {
      const tier = index.tiers.get(groupId);
      if (!tier?.isFor(place) || !tier.opens(modelAt(index, target.resource, target.provider.id))) return undefined;
      const prices = tier.priced(target.prices);
      return prices === target.prices ? target : { ...target, prices };
    },
    listed(place, isOpenTo, groupId) {
      const { projectId } = place;
      const tier = groupId === null ? null : index.tiers.get(groupId);
      if (projectId === null || tier === undefined || tier?.isFor(place) === false) return [];
      const isOpen = (model: ModelAt): boolean => tier?.opens(model) ?? true;
      const models = index.catalogue.models
        .filter(
          (model) =>
            visible(model, projectId) &&
            isOpenTo({ type: 'model', id: model.id }) &&
            isOpen({ modelId: model.id, providerId: model.providerId }),
        )
        .map((model) => ({
          name: model.name,
          createdAtMs: model.createdAtMs,
          owner: index.providers.get(model.providerId)?.name ?? 'keyward',
        }));
      const endpoints = index.catalogue.endpoints
        .filter(
          (endpoint) =>
            endpoint.projectId === projectId &&
            isOpenTo({ type: 'endpoint', id: endpoint.id }) &&
            isOpen({ modelId: endpoint.modelId, providerId: providerOf(index, endpoint) }),
        )
        .map((endpoint) => ({ name: endpoint.id, createdAtMs: endpoint.createdAtMs, owner: endpoint.name }));
      return [...models, ...endpoints].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    has(projectId, { type, id }) {
      if (type === 'model') {
        const model = index.models.get(id);
        return model !== undefined && visible(model, projectId);
      }
      return (type === 'endpoint' ? index.endpoints.get(id) : index.services.get(id))?.projectId === projectId;
    },
    tier: (groupId) => index.tiers.get(groupId),
    catalogue: () => index.catalogue,
    reload,
  };
}

function visible(model: Model, projectId: string): boolean {
  return model.projectId === null || model.projectId === projectId;
}

function modelTarget(index: Index, model: Model): Target | undefined {
  const provider = index.providers.get(model.providerId);
  if (!provider) return undefined;
  const { name, upstreamModel, prices, maxOutputTokens } = model;
  return { resource: { type: 'model', id: model.id }, name, provider, upstreamModel, prices, maxOutputTokens };
}

function endpointTarget(index: Index, endpoint: Endpoint): Target | undefined {
  const model = index.models.get(endpoint.modelId);
  const base = model && modelTarget(index, model);
  const provider = endpoint.providerId === null ? base?.provider : index.providers.get(endpoint.providerId);
  if (!base || !provider) return undefined;
  return {
    resource: { type: 'endpoint', id: endpoint.id },
    name: endpoint.id,
    provider,
    upstreamModel: endpoint.upstreamModel ?? base.upstreamModel,
    prices: base.prices,
    maxOutputTokens: endpoint.maxOutputTokens ?? base.maxOutputTokens,
  };
}

/** What a group asks about: an endpoint is its model, called where the endpoint leads. */
function modelAt(index: Index, { type, id }: Resource, providerId: string): ModelAt {
  return { modelId: type === 'endpoint' ? (index.endpoints.get(id)?.modelId ?? '') : id, providerId };
}

function providerOf(index: Index, { providerId, modelId }: Endpoint): string {
  return providerId ?? index.models.get(modelId)?.providerId ?? '';
}

function toIndex(catalogue: Catalogue): Index {
  return {
    catalogue,
    providers: new Map(catalogue.providers.map((one) => [one.id, one])),
    models: new Map(catalogue.models.map((one) => [one.id, one])),
    modelsByName: new Map(catalogue.models.map((one) => [one.name, one])),
    endpoints: new Map(catalogue.endpoints.map((one) => [one.id, one])),
    services: new Map(catalogue.services.map((one) => [one.id, one])),
    servicesByName: new Map(catalogue.services.map((one) => [one.name, one])),
    tiers: new Map(catalogue.groups.map((one) => [one.id, tierOf(one)])),
  };
}
