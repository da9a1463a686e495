import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Provider } from '../../src/core/catalogue.ts';
import type { TestManagement } from '../kit/management.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
const tested: Provider[] = [];

beforeAll(async () => {
  tenants = await startTenants({
    testProvider: async (provider) => {
      tested.push(provider);
      return { ok: false, status: 401, detail: 'The provider refuses the credential.', durationMs: 12 };
    },
  });
  app = tenants.app;
});
afterAll(() => app.close());

let names = 0;
async function refused(run: () => ReturnType<typeof app.call>) {
  const before = await app.snapshot();
  const answer = await run();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await app.snapshot()).toBe(before);
  return answer;
}

describe('providers', () => {
  test('a credential is taken and never answered again', async () => {
    const made = await app.make('/providers', {
      name: 'secretive',
      kind: 'openai',
      baseUrl: 'https://api.example.com/v1/',
      credential: 'sk-upstream-1',
    });
    expect(made).toMatchObject({ hasCredential: true, baseUrl: 'https://api.example.com/v1' });
    const changed = await app.call('PATCH', `/providers/${made['id']}`, {
      credential: 'sk-upstream-2',
      timeoutMs: 5000,
    });
    const texts = [
      JSON.stringify(made),
      changed.text,
      (await app.call('GET', `/providers/${made['id']}`)).text,
      (await app.call('GET', '/providers')).text,
      app.logged.join(''),
    ];
    for (const text of texts) expect(text).not.toContain('sk-upstream');
    expect(app.directory.catalogue().providers.find(({ id }) => id === made['id'])?.credential).toBe('sk-upstream-2');
    expect((await app.call('PATCH', `/providers/${made['id']}`, { credential: null })).body.hasCredential).toBe(false);
  });

  test.each([
    'ftp://host/x',
    'file:///etc/passwd',
    '/v1',
    'host:80',
    '',
    'http://',
    'http://user:pw@host/',
    'http://user@host/',
    'http://host/?x=1',
    'http://host/#x',
    'http://host/?',
    'javascript:alert(1)',
  ])('the base URL %j is refused', async (baseUrl) => {
    const answer = await refused(() => app.call('POST', '/providers', { name: 'x', kind: 'openai', baseUrl }));
    expect([answer.status, pointers(answer)]).toEqual([400, ['/baseUrl']]);
  });

  test.each([
    'http://169.254.169.254/latest',
    'http://[fe80::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://metadata.google.internal/',
    'http://100.100.100.200/',
  ])('the metadata address %s is refused, by creation and by change', async (baseUrl) => {
    const body = { name: 'x', kind: 'http', baseUrl };
    expect(pointers(await refused(() => app.call('POST', '/providers', body)))).toEqual(['/baseUrl']);
    expect(pointers(await refused(() => app.call('PATCH', `/providers/${tenants.providerId}`, { baseUrl })))).toEqual([
      '/baseUrl',
    ]);
  });

  test('the demo model has no address, and private addresses are fine', async () => {
    await refused(() => app.call('POST', '/providers', { name: 'x', kind: 'demo', baseUrl: 'http://host' }));
    expect(
      (await app.call('POST', '/providers', { name: 'own vllm', kind: 'openai', baseUrl: 'http://10.0.0.5:8000/v1' }))
        .status,
    ).toBe(201);
  });

  test('a provider in use cannot be deleted, and the answer says by what', async () => {
    const answer = await refused(() => app.call('DELETE', `/providers/${tenants.providerId}`));
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
    expect(answer.body.detail).toContain('other');
    const unused = await app.make('/providers', { name: 'unused', kind: 'demo' });
    expect((await app.call('DELETE', `/providers/${unused['id']}`)).status).toBe(204);
    expect((await app.call('GET', `/providers/${unused['id']}`)).status).toBe(404);
  });

  test('a test call tells how it went', async () => {
    const answer = await app.call('POST', `/providers/${tenants.providerId}/test`);
    expect(answer.body).toEqual({
      ok: false,
      status: 401,
      detail: 'The provider refuses the credential.',
      durationMs: 12,
    });
    expect(tested[0]?.credential).toBe('upstream-secret');
    expect((await app.call('POST', '/providers/prv_nobody/test')).status).toBe(404);
  });

  test('two providers cannot have one name', async () => {
    expect((await refused(() => app.call('POST', '/providers', { name: 'vendor', kind: 'demo' }))).status).toBe(409);
  });
});

describe('models', () => {
  test('D18 names may contain slashes; prices are decimals, kept exactly; unknown is null', async () => {
    const prices = {
      inputPerMillion: '0.000000001',
      cachedInputPerMillion: '0.1',
      cacheWritePerMillion: null,
      outputPerMillion: '999999999.999999999',
    };
    const made = await app.make('/models', {
      name: 'vendor/family/model-1:free',
      providerId: tenants.providerId,
      prices,
    });
    expect(made).toMatchObject({
      prices,
      upstreamModel: 'vendor/family/model-1:free',
      maxOutputTokens: null,
      projectId: null,
    });
    expect((await app.call('PATCH', `/models/${made['id']}`, { prices: null })).body.prices).toBeNull();
    const cheap = await app.call('PATCH', `/models/${made['id']}`, {
      prices: { inputPerMillion: '1.50', outputPerMillion: '0' },
    });
    expect(cheap.body.prices).toEqual({
      inputPerMillion: '1.5',
      cachedInputPerMillion: null,
      cacheWritePerMillion: null,
      outputPerMillion: '0',
    });
  });

  test.each([['ep-mine'], ['/x'], ['x/'], ['a//b'], ['a b'], [''], ['x'.repeat(201)], ['a?b'], ['-x']])(
    'the name %j is refused',
    async (name) => {
      const answer = await refused(() => app.call('POST', '/models', { name, providerId: tenants.providerId }));
      expect(pointers(answer)).toEqual(['/name']);
    },
  );

  test.each(['1e3', '-1', '1.0000000001', '.5', '1,5', ' 1', 0.5])('the price %j is refused', async (price) => {
    const answer = await refused(() =>
      app.call('POST', '/models', {
        name: 'x',
        providerId: tenants.providerId,
        prices: { inputPerMillion: price, outputPerMillion: '1' },
      }),
    );
    expect(pointers(answer)).toEqual(['/prices/inputPerMillion']);
  });

  test('a name that is taken is refused with 409, an unknown provider or project with its pointer', async () => {
    expect(
      (await refused(() => app.call('POST', '/models', { name: 'other', providerId: tenants.providerId }))).status,
    ).toBe(409);
    expect(pointers(await refused(() => app.call('POST', '/models', { name: 'x', providerId: 'prv_nobody' })))).toEqual(
      ['/providerId'],
    );
    expect(
      pointers(
        await refused(() =>
          app.call('POST', '/models', { name: 'x', providerId: tenants.providerId, projectId: 'prj_nobody' }),
        ),
      ),
    ).toEqual(['/projectId']);
  });

  test('X06 tenants see the models they may call, without where the calls go', async () => {
    const mine = await app.make('/models', {
      name: 'mine-alone',
      providerId: tenants.providerId,
      projectId: tenants.mine.projectId,
    });
    const theirs = await app.make('/models', {
      name: 'theirs-alone',
      providerId: tenants.providerId,
      projectId: tenants.theirs.projectId,
    });
    for (const key of [tenants.mine.projectKey, tenants.mine.accountKey]) {
      const { text, body } = await app.call('GET', '/models?limit=200', undefined, { key });
      const listed = body.data.map(({ name }: { name: string }) => name);
      expect(listed).toEqual(expect.arrayContaining(['other', 'mine-alone']));
      expect(listed).not.toContain('theirs-alone');
      expect(text).not.toContain(tenants.providerId);
      // As applications see it in `/v1/models`, and by whose SDK it is called.
      const speaks = { name: 'mine-alone', ownedBy: 'vendor', protocols: ['openai'] };
      expect(body.data).toContainEqual(expect.objectContaining(speaks));
      expect((await app.call('GET', `/models/${theirs['id']}`, undefined, { key })).status).toBe(404);
      expect((await app.call('GET', `/models/${mine['id']}`, undefined, { key })).status).toBe(200);
      expect(
        (await app.call('GET', `/models?providerId=prv_nobody`, undefined, { key })).body.data.length,
      ).toBeGreaterThan(0);
    }
    const { body } = await app.call('GET', `/models?projectId=${tenants.theirs.projectId}&search=ALONE`);
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual(['theirs-alone']);
  });

  test('lists of the catalogue are walked by cursor, each item once', async () => {
    for (let index = 0; index < 5; index++)
      await app.make('/models', { name: `walk-${index}`, providerId: tenants.providerId });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await app.call('GET', `/models?search=walk-&limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...body.data.map(({ name }: { name: string }) => name));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual(['walk-0', 'walk-1', 'walk-2', 'walk-3', 'walk-4']);
    expect((await app.call('GET', '/models?cursor=nonsense')).status).toBe(400);
  });

  test('a deleted model is gone at once, and a new one with its name is not opened by old keys', async () => {
    const old = await app.make('/models', { name: 'renewed', providerId: tenants.providerId });
    const key = await app.make(`/projects/${tenants.mine.projectId}/keys`, {
      name: 'bound',
      scope: { mode: 'range', resources: [{ type: 'model', id: 'renewed' }] },
    });
    expect((await app.call('DELETE', `/models/${old['id']}`)).status).toBe(204);
    expect(await app.decide(key['value'], 'model', old['id'])).toBe('model_not_found');
    const renewed = await app.make('/models', { name: 'renewed', providerId: tenants.providerId });
    expect(await app.decide(key['value'], 'model', renewed['id'])).toBe('model_not_found');
    expect((await refused(() => app.call('DELETE', `/models/${tenants.modelId}`))).status).toBe(409);
  });
});

describe('endpoints', () => {
  const url = () => `/projects/${tenants.mine.projectId}/endpoints`;
  const asProject = () => ({ key: tenants.mine.projectKey });

  test('V09 a project makes endpoints on the models it may call, by id or name, up to the model’s output', async () => {
    const made = await app.make(
      url(),
      { name: 'by name', modelId: 'u-8105f7322477/test', maxOutputTokens: 1000 },
      asProject(),
    );
    expect(made['id']).toMatch(/^ep-\w{20,}$/);
    expect(made).toMatchObject({ modelId: tenants.modelId, maxOutputTokens: 1000 });
    expect(made).not.toHaveProperty('providerId');
    const faulty = await refused(() =>
      app.call('POST', url(), { name: 'x', modelId: tenants.modelId, maxOutputTokens: 1001 }, asProject()),
    );
    expect(pointers(faulty)).toEqual(['/maxOutputTokens']);
    const raised = await refused(() =>
      app.call('PATCH', `/endpoints/${made['id']}`, { maxOutputTokens: 5000 }, asProject()),
    );
    expect(pointers(raised)).toEqual(['/maxOutputTokens']);
    expect(
      (await app.call('PATCH', `/endpoints/${made['id']}`, { modelId: 'other', maxOutputTokens: 5000 }, asProject()))
        .body.modelId,
    ).toBe(tenants.otherModelId);
  });

  test('X06 a model of another project is as unknown as none', async () => {
    const theirs = await app.make('/models', {
      name: `theirs-${++names}`,
      providerId: tenants.providerId,
      projectId: tenants.theirs.projectId,
    });
    for (const modelId of [theirs['id'], theirs['name'], 'mdl_nobody']) {
      const answer = await refused(() => app.call('POST', url(), { name: 'x', modelId }, asProject()));
      expect(answer.body.errors).toEqual([
        {
          pointer: '/modelId',
          detail: `There is no model ${modelId} in this project. \`GET /api/v1/models\` lists what there is.`,
        },
      ]);
    }
  });

  test('where an endpoint leads is the operator’s to choose, and then so is its model, whose price it has', async () => {
    const forbidden = await refused(() =>
      app.call(
        'POST',
        url(),
        { name: 'x', modelId: 'other', providerId: tenants.providerId, upstreamModel: 'dear' },
        asProject(),
      ),
    );
    expect(pointers(forbidden)).toEqual(['/providerId', '/upstreamModel']);
    const led = await app.make(url(), { name: 'led', modelId: tenants.modelId, upstreamModel: 'dear' });
    expect(led).toMatchObject({ upstreamModel: 'dear', providerId: null });
    for (const [change, pointer] of [
      [{ modelId: 'other' }, '/modelId'],
      [{ upstreamModel: null }, '/upstreamModel'],
      [{ providerId: null }, '/providerId'],
    ] as const) {
      expect(pointers(await refused(() => app.call('PATCH', `/endpoints/${led['id']}`, change, asProject())))).toEqual([
        pointer,
      ]);
    }
    expect((await app.call('PATCH', `/endpoints/${led['id']}`, { name: 'renamed' }, asProject())).body.name).toBe(
      'renamed',
    );
    expect(
      pointers(await refused(() => app.call('PATCH', `/endpoints/${led['id']}`, { providerId: 'prv_nobody' }))),
    ).toEqual(['/providerId']);
  });

  test('a deleted endpoint opens nothing', async () => {
    const { id } = await app.make(url(), { name: 'short-lived', modelId: 'other' }, asProject());
    expect((await app.call('DELETE', `/endpoints/${id}`, undefined, asProject())).status).toBe(204);
    expect(await app.decide(tenants.mine.value, 'endpoint', id)).toBe('model_not_found');
  });
});

describe('services', () => {
  const url = () => `/projects/${tenants.mine.projectId}/services`;

  test('V02 the operator puts a service behind a project’s keys; the project sees it, without where it leads', async () => {
    const made = await app.make(url(), {
      name: 'search',
      description: 'the shop’s index',
      providerId: tenants.httpProviderId,
    });
    expect(await app.decide(tenants.mine.value, 'service', made['id'])).toBe('ok');
    expect(await app.decide(tenants.theirs.value, 'service', made['id'])).toBe('service_not_allowed');
    const seen = await app.call('GET', url(), undefined, { key: tenants.mine.projectKey });
    expect(seen.text).toContain('the shop’s index');
    expect(seen.text).not.toContain(tenants.httpProviderId);
    expect((await app.call('PATCH', `/services/${made['id']}`, { description: 'new' })).body.description).toBe('new');
    expect((await app.call('DELETE', `/services/${made['id']}`)).status).toBe(204);
    expect(await app.decide(tenants.mine.value, 'service', made['id'])).toBe('service_not_allowed');
  });

  test('a service needs a provider of kind http and a name that fits an address', async () => {
    expect(
      pointers(await refused(() => app.call('POST', url(), { name: 'x', providerId: tenants.providerId }))),
    ).toEqual(['/providerId']);
    for (const name of ['A', 'a/b', '-a', 'a-', '..', 'a b', '']) {
      expect(
        pointers(await refused(() => app.call('POST', url(), { name, providerId: tenants.httpProviderId }))),
      ).toEqual(['/name']);
    }
    expect(
      (
        await refused(() =>
          app.call('POST', url(), { name: tenants.mine.serviceName, providerId: tenants.httpProviderId }),
        )
      ).status,
    ).toBe(409);
    expect((await refused(() => app.call('PATCH', '/services/svc_nobody', { description: 'x' }))).status).toBe(404);
  });
});

describe('import of LiteLLM’s price file', () => {
  const entry = {
    litellm_provider: 'openai',
    mode: 'chat',
    input_cost_per_token: 2.5e-7,
    output_cost_per_token: 0.000002,
    cache_read_input_token_cost: 2.5e-8,
    max_output_tokens: 128_000,
  };
  const load = (prices: object, rest: object = {}) =>
    app.call('POST', '/models/import', { providerId: tenants.providerId, prices, ...rest });

  test('makes models, sets prices, and says why it skips', async () => {
    const prices = {
      sample_spec: { mode: 'one of: chat' },
      'openai/new-chat': entry,
      'new-embedding': { mode: 'embedding', input_cost_per_token: 2e-8 },
      'dall-e': { mode: 'image_generation', input_cost_per_token: 1 },
      free: { mode: 'chat' },
      strange: { mode: 'chat', input_cost_per_token: '1', output_cost_per_token: 1 },
      'ep-not-a-name': entry,
      other: entry,
    };
    const before = await app.snapshot();
    const dry = await load(prices, { dryRun: true });
    expect(await app.snapshot()).toBe(before);
    const { body } = await load(prices);
    expect(dry.body).toEqual(body);
    expect(body).toMatchObject({ created: ['openai/new-chat', 'new-embedding'], updated: ['other'] });
    expect(body.skipped.map(({ name }: { name: string }) => name)).toEqual([
      'sample_spec',
      'dall-e',
      'free',
      'strange',
      'ep-not-a-name',
    ]);
    const { body: list } = await app.call('GET', '/models?search=new-chat');
    expect(list.data[0]).toMatchObject({
      prices: {
        inputPerMillion: '0.25',
        cachedInputPerMillion: '0.025',
        cacheWritePerMillion: null,
        outputPerMillion: '2',
      },
      maxOutputTokens: 128_000,
      upstreamModel: 'new-chat',
    });
    const again = await load(prices);
    expect(again.body).toMatchObject({ created: [], updated: [] });
  });

  test('says which entries have rates that it does not charge by', async () => {
    const tiered = { ...entry, input_cost_per_token_above_200k_tokens: 0.00001 };
    expect((await load({ plain: entry, tiered }, { dryRun: true })).body).toMatchObject({
      created: ['plain', 'tiered'],
      simplified: [{ name: 'tiered', rates: ['input_cost_per_token_above_200k_tokens'] }],
    });
  });

  test('takes one vendor’s entries, and a file of several MB', async () => {
    const { body } = await load(
      { a1: entry, b1: { ...entry, litellm_provider: 'azure' } },
      { litellmProvider: 'azure', dryRun: true },
    );
    expect(body).toEqual({ created: ['b1'], updated: [], skipped: [], simplified: [] });
    const large = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [`bulk-${index}`, { ...entry, note: 'x'.repeat(1000) }]),
    );
    expect((await load(large, { dryRun: true })).body.created).toHaveLength(3000);
  });

  test('another provider’s or project’s model keeps its price', async () => {
    const elsewhere = await app.make('/providers', { name: 'elsewhere', kind: 'demo' });
    expect((await load({ other: entry }, { providerId: elsewhere['id'] })).body).toMatchObject({
      updated: [],
      skipped: [{ name: 'other' }],
    });
    expect((await load({ other: entry }, { projectId: tenants.mine.projectId })).body).toMatchObject({
      updated: [],
      skipped: [{ name: 'other' }],
    });
    expect(pointers(await refused(() => load({}, { providerId: 'prv_nobody' })))).toEqual(['/providerId']);
    expect(pointers(await refused(() => load({ x: 1 })))).toEqual(['/prices/x']);
  });
});
