import { brotliDecompressSync } from 'node:zlib';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.remove());

const page = (path: string, headers: Record<string, string> = { accept: 'text/html' }) =>
  fetch(`${app.url}${path}`, { headers });

test('A01 every address of a page answers the console, with a policy that lets no foreign script run', async () => {
  for (const path of ['/', '/sign-in', '/projects/prj_x/keys?state=active', '/keys/key_x']) {
    const answer = await page(path);
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=utf-8']);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const text = await answer.text();
    expect(text).toContain('<div id="root">');
    expect(text).not.toMatch(/<script(?![^>]*src=)/);
  }
});

test('programs and other methods still get problem documents, and so does everything below /api, /docs and /assets', async () => {
  const others = [
    page('/keys/key_x', { accept: 'application/json' }),
    page('/api/v1/nothing'),
    page('/assets/nothing.js'),
    page('/docs/nothing'),
    fetch(`${app.url}/keys/key_x`, { method: 'POST', headers: { accept: 'text/html' } }),
  ];
  for (const answer of await Promise.all(others)) {
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  }
  // Nothing beside what was built: no path leads out.
  for (const path of ['/assets/../index.html', '/assets/%2e%2e/index.html', '/assets/..%2f..%2fpackage.json'])
    expect((await raw(path, {})).text).not.toContain('"keyward"');
});

test('files come compressed as they were built, to be kept for good, and plain to who cannot read that', async () => {
  const script = /src="(\/assets\/start-[^"]+\.js)"/.exec(await (await page('/')).text())?.[1] ?? '';
  const small = await raw(script, { 'accept-encoding': 'gzip, br' });
  expect(small.headers).toMatchObject({
    'content-encoding': 'br',
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
  });
  for (const refused of ['', 'gzip', 'br;q=0']) {
    const plain = await raw(script, { 'accept-encoding': refused });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body.equals(brotliDecompressSync(small.body))).toBe(true);
  }
});

test('V27 V29 what a caller may do in a project is told, and to strangers not even that there is one', async () => {
  const account = await app.api<{ id: string }>('POST', '/accounts', { name: 'Told' });
  const project = await app.api<{ id: string }>('POST', '/projects', { name: 'Told', accountId: account.body.id });
  const path = `/projects/${project.body.id}/permissions`;
  type Told = { permissions: Record<string, string> };
  const ofRoot = await app.api<Told>('GET', path);
  expect(ofRoot.body.permissions['keys.create']).toBe('allowed');
  const key = await app.api<{ value: string }>('POST', `/projects/${project.body.id}/keys`, {
    name: 'own',
    class: 'management',
  });
  const ofKey = await app.api<Told>('GET', path, undefined, { key: key.body.value });
  expect(ofKey.body.permissions).toMatchObject({ 'keys.create': 'allowed', 'projectLimits.read': 'allowed' });
  expect(ofKey.body.permissions).not.toHaveProperty('projectLimits.set');
  expect(ofKey.body.permissions).not.toHaveProperty('platform.manage');
  const ofAccount = await app.api<Told>('GET', `/accounts/${account.body.id}/permissions`);
  expect(ofAccount.body.permissions).toMatchObject({
    'accountMembers.manage': 'allowed',
    'platform.manage': 'allowed',
  });
  const other = await app.api<{ id: string }>('POST', '/accounts', { name: 'Other' });
  const strange = await app.api<{ value: string }>('POST', `/accounts/${other.body.id}/keys`, { name: 'other' });
  expect((await app.api('GET', path, undefined, { key: strange.body.value })).status).toBe(404);
});

function raw(path: string, headers: Record<string, string>) {
  return new Promise<{ headers: Record<string, unknown>; body: Buffer; text: string }>((resolve, reject) => {
    request(app.url, { path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const body = Buffer.concat(parts);
        resolve({ headers: response.headers, body, text: body.toString() });
      });
    })
      .on('error', reject)
      .end();
  });
}
