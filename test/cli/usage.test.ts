import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { showsColour } from '../../src/cli/context.ts';
import { atTerminal, keyward } from './keyward.ts';

const KEY = 'root-key-for-tests-0123456789abcdefghij';

/** Answers as no Keyward would: a proxy's page, a redirect, or a problem document with escape sequences. */
let stranger: Server;
let url: string;
const seen: string[] = [];

beforeAll(async () => {
  stranger = createServer((request, response) => {
    seen.push(request.url ?? '');
    if (request.url?.startsWith('/moved')) return response.writeHead(302, { location: `${url}/elsewhere` }).end();
    if (request.url?.startsWith('/hostile')) {
      return response
        .writeHead(400, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ detail: 'bad \u001b[31mred\u001b[0m\r\nline', code: 'x' }));
    }
    return response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => stranger.close(resolve)));

test('without a command it prints help on stdout', async () => {
  const { code, stdout, stderr } = await keyward([]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const word of ['serve', 'keys', 'doctor', '--json', '--key-file']) expect(stdout).toContain(word);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('wrong usage is one line and exit code 2, before anything is sent', async () => {
  const wrong = [
    ['nothing'],
    ['keys', 'lst'],
    ['keys', 'list', '--nothing'],
    ['keys', 'list', '--limit', '0'],
    ['keys', 'list', '--limit', '1e3'],
    ['keys', 'list', '--state', 'gone'],
    ['keys', 'list', '--key', KEY],
    ['keys', 'list', '--url', 'ftp://127.0.0.1'],
    ['keys', 'list', '--url', 'http://user:word@127.0.0.1'],
    ['keys', 'list', '--key-file', '/nowhere/key'],
    ['keys', 'show'],
    ['keys', 'show', 'a', 'b'],
    ['keys', 'create', 'a'],
    ['keys', 'create', 'a', '--scope', 'some'],
    ['keys', 'create', 'a', '--scope', 'all', '--model', 'demo'],
    ['keys', 'create', 'a', '--service', 'vectors:admin'],
    ['keys', 'create', 'a', '--scope', 'all', '--expires', 'tomorrow'],
    ['keys', 'create', 'a', '--scope', 'all', '--expires', '30d', '--idempotency-key', 'x'],
  ];
  for (const args of wrong) {
    const { code, stdout, stderr } = await atTerminal(args, { KEYWARD_URL: url, KEYWARD_MANAGEMENT_KEY: KEY });
    expect({ args, code, stdout, lines: stderr.split('\n').length }).toEqual({ args, code: 2, stdout: '', lines: 1 });
    expect(stderr).toMatch(/^keyward: ./);
    expect(stderr).not.toContain(KEY);
  }
  expect(seen).toEqual([]);
});

test('the real program exits 2 on wrong usage, with a problem document under --json', async () => {
  const { code, stdout, stderr } = await keyward(['keys', 'lst', '--json']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(JSON.parse(stderr)).toEqual({
    type: 'about:blank',
    title: 'The command failed',
    detail: "unknown command 'lst' (Did you mean list?)",
    code: 'usage',
  });
});

test('faulty settings are all named, never with a secret, and exit 2', async () => {
  const env = { KEYWARD_ROOT_KEY: 'tooshort', KEYWARD_MANAGMENT_KEY: KEY, KEYWARD_URL: 'nowhere' };
  const { code, stderr } = await atTerminal(['keys', 'list'], env);
  expect(code).toBe(2);
  for (const name of Object.keys(env)) expect(stderr).toContain(name);
  expect(stderr).not.toContain('tooshort');
  expect(stderr).not.toContain(KEY);
  expect((await atTerminal(['keys', 'list'], {})).stderr).toContain('KEYWARD_MANAGEMENT_KEY');
});

test('a server that cannot be reached, redirects, or is not Keyward exits 3', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const free = (closed.address() as AddressInfo).port;
  await new Promise((resolve) => closed.close(resolve));
  const env = { KEYWARD_MANAGEMENT_KEY: KEY };
  const refused = await keyward(['keys', 'list', '--url', `http://127.0.0.1:${free}`], { env });
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('nothing listens there');
  for (const [base, says] of [
    [url, 'not as a Keyward server'],
    [`${url}/moved`, 'redirects to'],
  ] as const) {
    const { code, stderr } = await atTerminal(['keys', 'list', '--url', base], env);
    expect(code).toBe(3);
    expect(stderr).toContain(says);
  }
  expect(seen).not.toContain('/elsewhere');
});

test('what a server says cannot write to the terminal', async () => {
  const { code, stderr } = await atTerminal(['keys', 'list', '--url', `${url}/hostile`], {
    KEYWARD_MANAGEMENT_KEY: KEY,
  });
  expect(code).toBe(1);
  expect(stderr).toBe('keyward: bad ?[31mred?[0m line');
});

test('a management key about to cross a network in the clear is warned about', async () => {
  const { stderr } = await atTerminal(['keys', 'show', 'x', '--url', 'http://keyward.invalid'], {
    KEYWARD_MANAGEMENT_KEY: KEY,
  });
  expect(stderr).toContain('Warning: http://keyward.invalid is not encrypted');
  expect(stderr).toContain('host name');
});

test('colours are for terminals, and not with NO_COLOR', () => {
  expect(showsColour({}, true)).toBe(true);
  expect(showsColour({}, false)).toBe(false);
  expect(showsColour({ NO_COLOR: '1' }, true)).toBe(false);
  expect(showsColour({ NO_COLOR: '' }, true)).toBe(true);
  expect(showsColour({ TERM: 'dumb' }, true)).toBe(false);
});
