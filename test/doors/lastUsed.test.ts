import { expect, test, vi } from 'vitest';
import { made, ROOT_KEY, startTestApp } from '../kit/app.ts';
import { rowsOf } from '../kit/doors.ts';
import { send } from '../kit/raw.ts';

test('V14 A18 the last use is there within seconds, the newest wins, it is written at the stop too, and a refusal is no use', async () => {
  let laterMs = 0;
  const startMs = Date.now();
  const app = await startTestApp({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' }, clock: () => startMs + laterMs });
  const projectId = (await app.api<{ data: { id: string }[] }>('GET', '/projects')).body.data[0]!.id;
  const { id, value } = await made(app, `/projects/${projectId}/keys`, {
    name: 'key',
    scope: { mode: 'all' },
    ipDeny: ['203.0.113.66'],
  });
  const never = await made(app, `/projects/${projectId}/keys`, {
    name: 'never',
    scope: { mode: 'all' },
    ipDeny: ['203.0.113.66'],
  });
  const use = async (key: string, address: string) =>
    (
      await send(`${app.url}/v1/models`, {
        lines: [
          ['x-api-key', key],
          ['x-forwarded-for', address],
        ],
      })
    ).status;
  const lastUse = async () => {
    const { body } = await app.api('GET', `/keys/${id}`);
    return [body['lastUsedAt'], body['lastUsedAddress']];
  };
  expect(await lastUse()).toEqual([null, null]);

  expect(await use(value, '203.0.113.1')).toBe(200);
  laterMs = 1000;
  expect(await use(value, '203.0.113.2')).toBe(200);
  laterMs = 2000;
  expect([await use(value, '203.0.113.66'), await use(never.value, '203.0.113.66')]).toEqual([403, 403]);
  // Written off the request's way by a timer: within 60 s as promised, and much sooner as set.
  await vi.waitFor(
    async () => expect(await lastUse()).toEqual([new Date(startMs + 1000).toISOString(), '203.0.113.2']),
    { timeout: 15_000, interval: 100 },
  );

  laterMs = 3000;
  const ask = {
    method: 'POST',
    lines: [['authorization', `Bearer ${ROOT_KEY}`]] as const,
    body: JSON.stringify({ key: value, ip: '2001:db8::9' }),
  };
  expect((await send(`${app.url}/api/v1/keys/verify`, ask)).body.valid).toBe(true);
  await app.stop();
  const rows = rowsOf(app.dataDir, 'keys');
  expect(rows.find((row) => row['id'] === id)).toMatchObject({
    last_used_at_ms: startMs + 3000,
    last_used_address: '2001:db8::9',
  });
  expect(rows.find((row) => row['id'] === never.id)).toMatchObject({ last_used_at_ms: null, last_used_address: null });
  await app.remove();
});
