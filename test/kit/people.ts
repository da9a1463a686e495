import { createHmac } from 'node:crypto';

/** A browser, as far as the API sees one: it keeps cookies, and adds the header a page adds. */
export interface Browser {
  readonly cookies: Map<string, string>;
  /** The `set-cookie` lines of the last answer. */
  lines: string[];
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<BrowserAnswer>;
}

export interface BrowserAnswer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export function newBrowser(url: string): Browser {
  const browser: Browser = {
    cookies: new Map(),
    lines: [],
    async call(method, path, body, headers = {}) {
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          'x-keyward-csrf': '1',
          ...(cookie !== '' && { cookie }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      browser.lines = response.headers.getSetCookie();
      for (const line of browser.lines) {
        const [pair = ''] = line.split(';');
        const at = pair.indexOf('=');
        if (/max-age=0/i.test(line)) browser.cookies.delete(pair.slice(0, at));
        else browser.cookies.set(pair.slice(0, at), pair.slice(at + 1));
      }
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
  return browser;
}

export async function signedIn(url: string, email: string, password: string): Promise<Browser> {
  const browser = newBrowser(url);
  const answer = await browser.call('POST', '/auth/sign-in', { email, password });
  if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return browser;
}

/** The code an authenticator app shows for an `otpauth://` address (RFC 6238), some steps of 30 s from now. */
export function totpOf(uri: string, steps = 0, nowMs = Date.now()): string {
  const secret = base32(new URL(uri).searchParams.get('secret') ?? '');
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 30_000) + steps));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const number = digest.readUInt32BE((digest.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/**
 * The code of the step before, which leaves those of this step and the next for later: each counts once. It is taken
 * only while that step still counts for a while: where less than 5 s are left, at the beginning of the next.
 */
export async function earlierCode(uri: string): Promise<string> {
  const leftMs = 30_000 - (Date.now() % 30_000);
  if (leftMs < 5_000) await new Promise((done) => setTimeout(done, leftMs));
  return totpOf(uri, -1);
}

function base32(text: string): Buffer {
  let bits = '';
  for (const letter of text) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}
