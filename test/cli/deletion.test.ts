import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { atTerminal, callStatus, keyward, operatorOf } from './keyward.ts';

let app: TestApp;
let env: Record<string, string>;

beforeAll(async () => {
  app = await startTestApp();
  env = operatorOf(app);
});
afterAll(() => app.remove());

async function create(name: string): Promise<{ id: string; value: string; masked: string }> {
  return JSON.parse((await atTerminal(['keys', 'create', name, '--scope', 'all', '--json'], env)).stdout);
}

test('T17 D14: delete shows name, masked value, last use and calls of the day, and asks for the name', async () => {
  const { id, value, masked } = await create('prod-api');
  expect(await callStatus(app, value)).toBe(200);
  const wrong = await atTerminal(['keys', 'delete', id], env, { typed: 'prod' });
  expect(wrong.asked).toEqual(['Type the name of the key to delete it: ']);
  expect(wrong.stderr).toContain('prod-api');
  expect(wrong.stderr).toContain(masked);
  expect(wrong.stderr).toMatch(/Calls in the last 24 h +1$/m);
  expect(wrong.stderr).toMatch(/Last used +(never|just now)$/m);
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
  expect(wrong.stderr).toContain('Nothing was deleted.');
  expect((await atTerminal(['keys', 'delete', id], env, { typed: null })).code).toBe(1);
  expect(await callStatus(app, value)).toBe(200);
});

test('V22 T18 T31 D15: with the name typed the key is gone for good, and its next call is refused', async () => {
  const { id, value } = await create('to-be-deleted');
  const deleted = await atTerminal(['keys', 'delete', 'to-be-deleted'], env, { typed: ' to-be-deleted ' });
  expect(deleted.code).toBe(0);
  expect(deleted.stdout).toMatch(/^Deleted to-be-deleted \(kw_.*\)\./);
  expect(await callStatus(app, value)).toBe(401);
  expect((await atTerminal(['keys', 'list'], env)).stdout).not.toContain('to-be-deleted');
  for (const verb of ['show', 'enable', 'disable']) expect((await atTerminal(['keys', verb, id], env)).code).toBe(1);
});

test('T17: where nobody can answer, nothing is deleted without --yes', async () => {
  const { id, value } = await create('automated');
  const refused = await keyward(['keys', 'delete', id], { env, input: 'automated\n' });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('--yes');
  expect(await callStatus(app, value)).toBe(200);
  const done = await keyward(['keys', 'delete', id, '--yes', '--json'], { env });
  expect(done).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await callStatus(app, value)).toBe(401);
});

test('two keys of one name are told apart by id, and none is touched before', async () => {
  const { id } = await create('twin');
  await create('twin');
  const refused = await atTerminal(['keys', 'delete', 'twin', '--yes'], env);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(id);
  expect((await atTerminal(['keys', 'show', id], env)).code).toBe(0);
});

test('the value of a key is refused as its name before it is sent anywhere', async () => {
  const { value } = await create('valued');
  const before = app.logged.length;
  const refused = await atTerminal(['keys', 'delete', value, '--yes'], env);
  expect(refused.code).toBe(2);
  expect(refused.stderr).not.toContain(value);
  expect(app.logged.slice(before).join('')).not.toContain(value);
});
