import { expect, test, vi } from 'vitest';
import { made, startTestApp } from '../kit/app.ts';
import { send } from '../kit/raw.ts';

interface SecretOut {
  readonly state: string;
  readonly lastUsedAt: string | null;
  readonly lastUsedAddress: string | null;
}

test('Z02 the project of the first start has one default key, which is marked and works', async () => {
  const app = await startTestApp();
  const [project] = (await app.api<{ data: { id: string }[] }>('GET', '/projects')).body.data;
  const { data } = (await app.api<{ data: { isDefault: boolean }[] }>('GET', `/projects/${project!.id}/keys`)).body;
  expect(data.map(({ isDefault }) => isDefault)).toEqual([true]);
  const { status } = await send(`${app.url}/v1/models`, { lines: [['x-api-key', app.first!.key]] });
  expect(status).toBe(200);
  await made(app, `/projects/${project!.id}/keys`, { name: 'another', scope: { mode: 'all' } });
  const again = (await app.api<{ data: { isDefault: boolean }[] }>('GET', `/projects/${project!.id}/keys`)).body;
  expect(again.data.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  await app.remove();
});

test('T36 both values share one set of limits, and who still uses the earlier one shows within seconds', async () => {
  const app = await startTestApp({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' } });
  const projectId = (await app.api<{ data: { id: string }[] }>('GET', '/projects')).body.data[0]!.id;
  const { id, value: earlier } = await made(app, `/projects/${projectId}/keys`, {
    name: 'key',
    scope: { mode: 'all' },
    limits: [{ unit: 'requests', amount: 3, window: { kind: 'lifetime' } }],
  });
  const { value: newer } = (await app.api<{ value: string }>('POST', `/keys/${id}/rotate`, { overlapSeconds: 600 }))
    .body;
  const call = async (key: string, address: string) =>
    (
      await send(`${app.url}/v1/chat/completions`, {
        method: 'POST',
        lines: [
          ['authorization', `Bearer ${key}`],
          ['x-forwarded-for', address],
          ['content-type', 'application/json'],
        ],
        body: JSON.stringify({ model: 'demo', max_tokens: 5, messages: [{ role: 'user', content: 'x' }] }),
      })
    ).status;
  const secrets = async () => (await app.api<{ data: SecretOut[] }>('GET', `/keys/${id}/secrets`)).body.data;

  expect(await call(newer, '203.0.113.2')).toBe(200);
  expect((await secrets()).map(({ lastUsedAt }) => lastUsedAt)).toEqual([null, null]);
  expect(await call(earlier, '203.0.113.1')).toBe(200);
  expect(await call(newer, '203.0.113.3')).toBe(200);
  expect([await call(earlier, '203.0.113.1'), await call(newer, '203.0.113.3')]).toEqual([429, 429]);
  await vi.waitFor(
    async () =>
      expect((await secrets()).map(({ lastUsedAddress }) => lastUsedAddress)).toEqual(['203.0.113.3', '203.0.113.1']),
    { timeout: 15_000, interval: 100 },
  );
  await app.remove();
});
