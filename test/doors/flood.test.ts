import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { generateKeyValue } from '../../src/core/keyValue.ts';
import { startTestApp } from '../kit/app.ts';
import { rowsOf } from '../kit/doors.ts';
import { send } from '../kit/raw.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory in use once everything that can go is gone, in MiB. */
function usedMb(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 ** 2;
}

/** Sends a request with each key over one connection, all at once, as a flood would; answers the statuses. */
function pipeline(url: string, keys: readonly string[]): Promise<number[]> {
  const { host, hostname, port } = new URL(url);
  const requests = keys.map((key, at) => {
    const last = at === keys.length - 1 ? 'connection: close\r\n' : '';
    return `GET /v1/models HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\n${last}\r\n`;
  });
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    socket.on('data', (part: Buffer) => void (text += part.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))));
    socket.write(requests.join(''));
  });
}

test.each([
  ['', false],
  [', also where values may be chosen', true],
])(
  'A04 10,000 bad keys in a burst leave a bounded trace and no memory behind, and other keys go on being served%s',
  async (_where, isChosen) => {
    const app = await startTestApp();
    const good = app.first!.key;
    const list = (key: string) => send(`${app.url}/v1/models`, { lines: [['authorization', `Bearer ${key}`]] });
    let number = 0;
    const random = (size: number): Uint8Array => {
      number++;
      return Uint8Array.from({ length: size }, (_, at) => (number * 31 + at * at * number) & 0xff);
    };
    if (isChosen) {
      const [account] = (await app.api<{ data: { id: string }[] }>('GET', '/accounts')).body.data;
      await app.api('PATCH', `/accounts/${account!.id}/security`, { customKeys: true });
    }
    const madeUp = (at: number): string => (isChosen ? `sk-${at}-somebody-made-this-up` : `kw_${at}-malformed`);
    const badKey = (at: number): string => (at % 2 === 0 ? generateKeyValue('kw_', random) : madeUp(at));
    // Once before measuring, so that what is made once is there.
    for (let at = 0; at < 200; at++) expect((await list(badKey(at))).status).toBe(401);
    const beforeMb = usedMb();

    let flooding = true;
    const waitsMs: number[] = [];
    const served = (async () => {
      while (flooding) {
        const startedMs = performance.now();
        expect((await list(good)).status).toBe(200);
        waitsMs.push(performance.now() - startedMs);
      }
    })();
    const statuses = await Promise.all(
      Array.from({ length: 50 }, (_, from) =>
        pipeline(
          app.url,
          Array.from({ length: 200 }, (__, at) => badKey(from * 200 + at)),
        ),
      ),
    );
    flooding = false;
    await served;
    expect(statuses.flat()).toEqual(Array<number>(10_000).fill(401));
    // All the while, one after the other, beside fifty others at a time.
    expect(waitsMs.length).toBeGreaterThan(5);
    expect(Math.max(...waitsMs)).toBeLessThan(2000);
    expect(usedMb() - beforeMb).toBeLessThan(16);

    await app.stop();
    const rows = rowsOf(app.dataDir, 'denials');
    expect(rows.reduce((sum, row) => sum + Number(row['count']), 0)).toBe(10_200);
    // One kind, in two rows when the hour turned meanwhile.
    expect(rows.length).toBeLessThanOrEqual(2);
    expect(rows[0]).toMatchObject({ key_id: '', code: 'invalid_api_key', route: '/v1/models', address: '127.0.0.1' });
    expect(rowsOf(app.dataDir, 'ledger')).toHaveLength(waitsMs.length);
    await app.remove();
  },
);
