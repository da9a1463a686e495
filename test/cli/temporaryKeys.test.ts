import { afterAll, beforeAll, expect, test } from 'vitest';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import { atTerminal, callStatus, keyward, operatorOf } from './keyward.ts';

let app: TestApp;
let env: Record<string, string>;

beforeAll(async () => {
  app = await startTestApp();
  const { body } = await app.api<{ data: { id: string }[] }>('GET', '/projects');
  const { value } = await made(app, `/projects/${body.data[0]!.id}/keys`, { name: 'manager', class: 'management' });
  env = { ...operatorOf(app), KEYWARD_MANAGEMENT_KEY: value };
});
afterAll(() => app.remove());

async function json(...args: string[]) {
  const { code, stdout, stderr } = await atTerminal([...args, '--json'], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('A08 A14 keys temporary makes a key from a key, shows its value once, and lists it', async () => {
  const parent = await json('keys', 'create', 'ci-job', '--scope', 'all');
  const shown = await keyward(['keys', 'temporary', 'ci-job', '--ttl', '15m', '--model', 'demo'], { env });
  expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: '' });
  const [value = '', ...more] = shown.stdout.match(/kw_[0-9A-Za-z]{36}/g) ?? [];
  expect(more).toEqual([]);
  expect(shown.stdout).toMatch(new RegExp(`^Class +temporary: made from ${parent.id}`, 'm'));
  expect(await callStatus(app, value)).toBe(200);
  const { data } = await json('keys', 'list', '--made-from', 'ci-job');
  expect(data).toMatchObject([{ name: 'ci-job (temporary)', class: 'temporary', parentKeyId: parent.id }]);
  expect((await json('keys', 'list', '--class', 'temporary')).data).toHaveLength(1);
  await json('keys', 'disable', 'ci-job');
  expect(await callStatus(app, value)).toBe(401);
});

test('A08 sent again with the same token it makes no second one, and spans are read as they are written', async () => {
  const { id } = await json('keys', 'create', 'again', '--scope', 'all');
  const token = ['--idempotency-key', 'build-7'];
  const first = await json('keys', 'temporary', id, '--ttl', '90s', '--name', 'once', ...token);
  const second = await json('keys', 'temporary', id, '--ttl', '90s', '--name', 'once', ...token);
  expect([second.id, second.value]).toEqual([first.id, null]);
  expect(Date.parse(first.expiresAt) - Date.parse(first.createdAt)).toBe(90_000);
  for (const ttl of ['soon', '0s', '15', '1w', '-5m']) {
    const { code, stderr } = await atTerminal(['keys', 'temporary', id, `--ttl=${ttl}`], env);
    expect([ttl, code, /--ttl takes a span like 90s/.test(stderr)]).toEqual([ttl, 2, true]);
  }
  const refused = await atTerminal(['keys', 'temporary', id, '--ttl', '31d'], env);
  expect([refused.code, /30 days/.test(refused.stderr)]).toEqual([1, true]);
  expect((await atTerminal(['keys', 'temporary', id], env)).code).toBe(2);
});
