import { expect, test } from 'vitest';
import { startTestApp } from '../kit/app.ts';

test('A18 calls through the gateway show in the activity of their key, also after a stop', async () => {
  const first = await startTestApp();
  const { key, model } = first.first!;
  const call = async (): Promise<number> =>
    (
      await fetch(`${first.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello!' }] }),
      })
    ).status;
  expect([await call(), await call()]).toEqual([200, 200]);
  const { data } = (await first.api<{ data: { id: string; projectId: string }[] }>('GET', '/projects')).body;
  const keys = (await first.api<{ data: { id: string }[] }>('GET', `/projects/${data[0]!.id}/keys`)).body.data;
  await first.stop();

  const again = await startTestApp({ dataDir: first.dataDir });
  try {
    const { status, body } = await again.api<{
      hours: { requests: number; tokens: number }[];
      addresses: { address: string }[];
    }>('GET', `/keys/${keys[0]!.id}/activity`);
    expect(status).toBe(200);
    expect(body.hours.reduce((sum, { requests }) => sum + requests, 0)).toBe(2);
    expect(body.hours.every(({ tokens }) => tokens > 0)).toBe(true);
    expect(body.addresses.map(({ address }) => address)).toEqual(['127.0.0.1']);
  } finally {
    await again.remove();
  }
});
