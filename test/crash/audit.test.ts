// X02: kill -9 at any moment while changes are made, then restart: every change that is there has its row, every row
// that says `done` has its change, and the chain is whole. On both engines.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareServer, startServer, until, type CrashServer } from '../kit/crashServer.ts';
import { newSeed, randomFrom } from '../kit/load.ts';
import { engines, newPlace } from '../kit/stores.ts';

const ROUNDS = 6;
const WRITERS = 8;
const seed = newSeed();
const random = randomFrom(seed);

interface Thing {
  readonly id: string;
  readonly name: string;
}
interface Event {
  readonly object: { readonly id: string };
  readonly operation: string;
  readonly after: { readonly name?: string } | null;
}

test.each(engines)(
  `kill -9 between any two steps of a change on %s leaves no change without its row (SEED=${seed})`,
  { timeout: 240_000 },
  async (engine) => {
    const place = await newPlace(engine);
    const dataDir = mkdtempSync(join(tmpdir(), 'keyward-audit-crash-'));
    const env = { KEYWARD_DATA_DIR: dataDir, ...(place.url !== null && { DATABASE_URL: place.url }) };
    let server: CrashServer | undefined = await startServer({ env });
    try {
      let made = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const next = prepareServer({ env });
        const running = server;
        let over = false;
        let changes = 0;
        const writers = Array.from({ length: WRITERS }, async (_, writer) => {
          for (let at = 0; !over; at++) {
            try {
              const { id } = await running.api<Thing>('POST', '/accounts', { name: `a${round}-${writer}-${at}` });
              await running.api('PATCH', `/accounts/${id}`, { name: `b${round}-${writer}-${at}` });
              changes += 1;
            } catch {
              return;
            }
          }
        });
        // At any step of any change, once there are as many as writers.
        await until(() => (changes > WRITERS ? true : undefined));
        await new Promise((resolve) => setTimeout(resolve, random() * 300));
        await running.kill();
        over = true;
        await Promise.all(writers);
        server = await next.start();
        made = await prove(server);
      }
      expect(made).toBeGreaterThan(ROUNDS * WRITERS);
    } finally {
      await server?.kill();
      await place.clear();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);

/** Every account as it is now, and what the log says of it. */
async function prove(server: CrashServer): Promise<number> {
  expect(await server.api('GET', '/audit-events/verify')).toMatchObject({ ok: true });
  const accounts = await all<Thing>(server, '/accounts');
  const events = await all<Event>(server, '/audit-events?objectType=account');
  const said = new Map<string, string>();
  for (const { object, after } of events.toReversed()) if (after?.name !== undefined) said.set(object.id, after.name);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(accounts.map(({ id, name }) => [id, name])));
  return accounts.length;
}

async function all<T>(server: CrashServer, path: string): Promise<T[]> {
  const found: T[] = [];
  const start = `${path}${path.includes('?') ? '&' : '?'}limit=200`;
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { data: T[]; nextCursor: string | null } = await server.api(
      'GET',
      cursor === '' ? start : `${start}&cursor=${cursor}`,
    );
    found.push(...page.data);
    cursor = page.nextCursor;
  }
  return found;
}
