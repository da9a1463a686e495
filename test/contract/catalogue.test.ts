import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Project } from '../../src/core/account.ts';
import type { Endpoint, Model, Provider, Service } from '../../src/core/catalogue.ts';
import { engines, newId, newTenant, useStore } from '../kit/stores.ts';

describe.each(engines)('the catalogue on %s', (engine) => {
  const used = useStore(engine);

  const newProvider = async (fields: Partial<Provider> = {}): Promise<Provider> => {
    const provider: Provider = {
      id: newId('prv'),
      name: newId('提供商'),
      kind: 'openai',
      baseUrl: 'https://upstream.example/v1',
      credential: 'sk-upstream-secret',
      credentialHeader: null,
      timeoutMs: 60_000,
      idleTimeoutMs: 30_000,
      createdAtMs: 1_000,
      ...fields,
    };
    await used.store.catalogue.providers.create(provider);
    return provider;
  };
  const modelOf = (provider: Provider, fields: Partial<Model> = {}): Model => ({
    id: newId('mdl'),
    name: newId('org/model'),
    accountId: null,
    projectId: null,
    providerId: provider.id,
    upstreamModel: 'upstream-model',
    prices: null,
    maxOutputTokens: null,
    createdAtMs: 1_000,
    ...fields,
  });
  const endpointOf = (project: Project, model: Model, fields: Partial<Endpoint> = {}): Endpoint => ({
    id: newId('ep').replace('_', '-'),
    accountId: project.accountId,
    projectId: project.id,
    name: newId('endpoint'),
    modelId: model.id,
    providerId: null,
    upstreamModel: null,
    maxOutputTokens: null,
    createdAtMs: 1_000,
    ...fields,
  });
  const serviceOf = (project: Project, provider: Provider, fields: Partial<Service> = {}): Service => ({
    id: newId('svc'),
    accountId: project.accountId,
    projectId: project.id,
    name: newId('service'),
    description: '向量数据库',
    providerId: provider.id,
    createdAtMs: 1_000,
    ...fields,
  });
  const read = () => used.store.catalogue.read();
  const conflict = (words: string) => ({ code: 'conflict', message: expect.stringContaining(words) as string });

  test('everything is read as it was written, credentials in plain and prices exact', async () => {
    const { project } = await newTenant(used.store);
    const provider = await newProvider({ credentialHeader: 'x-key' });
    const prices = {
      inputNanoPerMillion: 9_007_199_254_740_993n,
      cachedInputNanoPerMillion: null,
      cacheWriteNanoPerMillion: 0n,
      outputNanoPerMillion: 1n,
    };
    const model = modelOf(provider, {
      accountId: project.accountId,
      projectId: project.id,
      prices,
      maxOutputTokens: 4096,
    });
    const endpoint = endpointOf(project, model, { providerId: provider.id, upstreamModel: 'u', maxOutputTokens: 5 });
    const service = serviceOf(project, provider);
    await used.store.catalogue.models.create(model);
    await used.store.catalogue.endpoints.create(endpoint);
    await used.store.catalogue.services.create(service);
    const all = await used.other.catalogue.read();
    expect(all.providers).toContainEqual(provider);
    expect(all.models).toContainEqual(model);
    expect(all.endpoints).toContainEqual(endpoint);
    expect(all.services).toContainEqual(service);
  });

  test('a credential lies encrypted in the database, and bound to its provider', async () => {
    const mine = await newProvider({ credential: 'sk-very-secret-一' });
    const other = await newProvider({ credential: 'sk-other' });
    await used.store.catalogue.providers.update(mine.id, { credential: 'sk-very-secret-二' });
    const stored = (await storedCredentials(used.place)).filter(({ id }) => id === mine.id || id === other.id);
    for (const { credential } of stored) expect(credential).toMatch(/^v2\.[\w-]{8}\.[\w-]{16}\.[\w-]{22}\.[\w-]+$/);
    expect(JSON.stringify(stored)).not.toContain('sk-');
    expect((await read()).providers).toContainEqual({ ...mine, credential: 'sk-very-secret-二' });
  });

  test('a provider may have no credential, and lose the one it had', async () => {
    const provider = await newProvider({ credential: null });
    expect((await read()).providers).toContainEqual(provider);
    await used.store.catalogue.providers.update(provider.id, { credential: 'sk' });
    expect(await used.store.catalogue.providers.update(provider.id, { credential: null })).toEqual(provider);
  });

  test('only what is named changes; what does not exist cannot be changed or deleted', async () => {
    const provider = await newProvider();
    expect(await used.store.catalogue.providers.update(provider.id, { timeoutMs: 5 })).toEqual({
      ...provider,
      timeoutMs: 5,
    });
    expect(await used.store.catalogue.providers.update(provider.id, {})).toEqual({ ...provider, timeoutMs: 5 });
    const model = modelOf(provider, {
      prices: {
        inputNanoPerMillion: 1n,
        cachedInputNanoPerMillion: 2n,
        cacheWriteNanoPerMillion: 3n,
        outputNanoPerMillion: 4n,
      },
    });
    await used.store.catalogue.models.create(model);
    expect(await used.store.catalogue.models.update(model.id, { prices: null })).toEqual({ ...model, prices: null });
    for (const table of ['providers', 'models', 'endpoints', 'services'] as const) {
      expect(await used.store.catalogue[table].update('none', { name: 'n' })).toBeUndefined();
      expect(await used.store.catalogue[table].remove('none')).toBe(false);
    }
  });

  test('names are unique: providers, models and services everywhere, endpoints in their project', async () => {
    const { project } = await newTenant(used.store);
    const { project: second } = await newTenant(used.store);
    const { providers, models, endpoints, services } = used.store.catalogue;
    const provider = await newProvider();
    const model = modelOf(provider);
    const endpoint = endpointOf(project, model);
    const service = serviceOf(project, provider);
    await models.create(model);
    await endpoints.create(endpoint);
    await services.create(service);
    await expect(newProvider({ name: provider.name })).rejects.toMatchObject(
      conflict(`a provider with the name ${provider.name}`),
    );
    await expect(models.create(modelOf(provider, { name: model.name }))).rejects.toMatchObject(
      conflict('a model with the name'),
    );
    await expect(services.create(serviceOf(second, provider, { name: service.name }))).rejects.toMatchObject(
      conflict('a service with the name'),
    );
    await expect(endpoints.create(endpointOf(project, model, { name: endpoint.name }))).rejects.toMatchObject(
      conflict('an endpoint with the name'),
    );
    await endpoints.create(endpointOf(second, model, { name: endpoint.name }));
    await expect(endpoints.create(endpointOf(second, model, { id: endpoint.id }))).rejects.toMatchObject({
      code: 'conflict',
    });
    const another = await newProvider();
    await expect(providers.update(another.id, { name: provider.name })).rejects.toMatchObject(conflict(provider.name));
    await newProvider({ name: provider.name.toUpperCase() });
  });

  test('what is written must refer to things that exist, in the same account', async () => {
    const { project } = await newTenant(used.store);
    const { project: foreign } = await newTenant(used.store);
    const provider = await newProvider();
    const { models, endpoints, services } = used.store.catalogue;
    const refused = { code: 'conflict' };
    await expect(models.create(modelOf({ ...provider, id: 'prv_none' }))).rejects.toMatchObject(refused);
    await expect(
      models.create(modelOf(provider, { accountId: project.accountId, projectId: 'prj_none' })),
    ).rejects.toMatchObject(refused);
    await expect(
      models.create(modelOf(provider, { accountId: project.accountId, projectId: foreign.id })),
    ).rejects.toMatchObject(refused);
    await expect(endpoints.create(endpointOf(project, modelOf(provider)))).rejects.toMatchObject(refused);
    await expect(services.create(serviceOf({ ...project, id: 'prj_none' }, provider))).rejects.toMatchObject(refused);
  });

  test('what others refer to cannot be deleted, and the refusal names them', async () => {
    const { project } = await newTenant(used.store);
    const { providers, models, endpoints, services } = used.store.catalogue;
    const provider = await newProvider();
    const model = modelOf(provider);
    const endpoint = endpointOf(project, model);
    const service = serviceOf(project, provider);
    await models.create(model);
    await endpoints.create(endpoint);
    await services.create(service);
    await expect(providers.remove(provider.id)).rejects.toMatchObject(
      conflict(`model ${model.name}, service ${service.name}`),
    );
    await expect(models.remove(model.id)).rejects.toMatchObject(conflict(`endpoint ${endpoint.name}`));
    for (let index = 0; index < 7; index++) await models.create(modelOf(provider, { name: newId(`many-${index}`) }));
    await expect(providers.remove(provider.id)).rejects.toMatchObject(conflict('and others'));
    expect(await endpoints.remove(endpoint.id)).toBe(true);
    expect(await models.remove(model.id)).toBe(true);
    expect(await services.remove(service.id)).toBe(true);
    expect(await services.remove(service.id)).toBe(false);
  });

  test('a deletion that meets a new reference: one of them is refused, and nothing dangles', async () => {
    for (let round = 0; round < 10; round++) {
      const provider = await newProvider();
      const model = modelOf(provider);
      const [made, removed] = await Promise.allSettled([
        used.store.catalogue.models.create(model),
        used.other.catalogue.providers.remove(provider.id),
      ]);
      expect([made.status, removed.status].toSorted()).toEqual(['fulfilled', 'rejected']);
      const all = await read();
      const names = new Set(all.providers.map(({ id }) => id));
      expect(all.models.every(({ providerId }) => names.has(providerId))).toBe(true);
    }
  });
});

async function storedCredentials(place: {
  engine: string;
  dataDir: string;
  sql(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}) {
  const text = 'select id, credential from providers where credential is not null';
  if (place.engine === 'postgres') return (await place.sql(text)).rows;
  const database = new DatabaseSync(join(place.dataDir, 'keyward.db'), { readOnly: true });
  const rows = database.prepare(text).all();
  database.close();
  return rows;
}
