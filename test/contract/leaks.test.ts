import { describe, expect, test } from 'vitest';
import type { Key } from '../../src/core/key.ts';
import type { Caller } from '../../src/core/caller.ts';
import { LEAK_PLACES, type LeakReport } from '../../src/core/leak.ts';
import type { Store } from '../../src/core/ports.ts';
import { byServer } from '../../src/service/audit.ts';
import { createLeakOpening } from '../../src/service/leakOpening.ts';
import { createLeaks } from '../../src/service/leaks.ts';
import { engines, newId, newKey, newTenant, rowIn, useStore } from '../kit/stores.ts';

const open = { state: 'open', note: '' } as const;
const caller = { id: 'root' } as Caller;

/** The service over one node, with what noting and closing need of it. */
function leaksOver(store: Store): Pick<ReturnType<typeof createLeaks>, 'change' | 'close'> {
  const never = (): never => {
    throw new Error('not asked for here');
  };
  return createLeaks({
    ...store,
    store,
    keyStore: store.keys,
    keys: { get: never, judge: never, change: never },
    access: { key: never },
    findReach: never,
    open: never,
    keyPrefix: 'kw_',
    clock: () => 50,
  });
}

function reportOf(key: Key, fields: Partial<LeakReport> = {}): LeakReport {
  return {
    id: newId('leak'),
    accountId: key.accountId,
    projectId: key.projectId,
    keyId: key.id,
    secretId: null,
    finds: [],
    origin: 'person',
    foundAt: 'https://例え.example/πaste — "quoted"',
    status: 'open',
    sinceMs: 5,
    use: open,
    replacement: { state: 'open', keyId: null },
    places: { logs: open, frontEnd: open, repository: open, screenshot: { state: 'found', note: 'ein Bild' } },
    reason: null,
    createdBy: 'root',
    createdAtMs: 10,
    updatedAtMs: 10,
    closedBy: null,
    closedAtMs: null,
    ...fields,
  };
}

describe.each(engines)('leak reports on %s', (engine) => {
  const used = useStore(engine);

  test('A20 a report is kept whole, and changes by what is given alone', async () => {
    const { project } = await newTenant(used.store);
    const report = reportOf(await newKey(used.store, project));
    expect(await used.store.leaks.create(report)).toBe(true);
    expect(await used.other.leaks.get(report.id)).toEqual(report);
    const places = { ...report.places, logs: { state: 'clear', note: 'none' } } as const;
    expect(await used.store.leaks.update(report.id, { places }, 20)).toEqual({ ...report, places, updatedAtMs: 20 });
    expect(await used.other.leaks.openOf(report.keyId)).toEqual({ ...report, places, updatedAtMs: 20 });
    expect(await used.store.leaks.get('leak_none')).toBeUndefined();
    expect(await used.store.leaks.update('leak_none', {}, 20)).toBeUndefined();
  });

  test('A17 of many reports of one key at once one is opened, and with it closed there may be another', async () => {
    const { project } = await newTenant(used.store);
    const key = await newKey(used.store, project);
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? used.store : used.other).leaks.create(reportOf(key, { id: newId('leak') })),
      ),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    const first = (await used.store.leaks.openOf(key.id))!;
    const closing = { status: 'closed', reason: 'done', closedBy: 'root', closedAtMs: 30 } as const;
    expect(await used.store.leaks.update(first.id, closing, 30)).toMatchObject(closing);
    expect(await used.store.leaks.openOf(key.id)).toBeUndefined();
    // Closed it stays as it was.
    expect(await used.other.leaks.update(first.id, { reason: 'otherwise' }, 40)).toBeUndefined();
    expect(await used.store.leaks.create(reportOf(key))).toBe(true);
  });

  test('A17 of one value there is one report, also after it was closed', async () => {
    const { project } = await newTenant(used.store);
    const key = await newKey(used.store, project);
    const first = reportOf(key, { secretId: newId('sec'), origin: 'scanner' });
    expect(await used.store.leaks.create(first)).toBe(true);
    await used.store.leaks.update(first.id, { status: 'closed' }, 30);
    expect(await used.other.leaks.create(reportOf(key, { secretId: first.secretId }))).toBe(false);
    expect(await used.other.leaks.create(reportOf(key, { secretId: newId('sec') }))).toBe(true);
  });

  test('A17 another value is noted in the open report, once, and in none that is closed', async () => {
    const { project } = await newTenant(used.store);
    const key = await newKey(used.store, project);
    const report = reportOf(key, { secretId: newId('sec'), use: { state: 'clear', note: 'mine' } });
    await used.store.leaks.create(report);
    const find = { secretId: newId('sec'), origin: 'finder', foundAt: 'a forum', atMs: 20 } as const;
    const noted = await Promise.all(
      Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? used.store : used.other).leaks.addFind(report.id, find)),
    );
    expect(noted.filter(Boolean)).toHaveLength(1);
    expect(await used.other.leaks.hold(report.id)).toEqual({
      ...report,
      finds: [find],
      use: { state: 'open', note: 'mine' },
      updatedAtMs: 20,
    });
    expect(await used.store.leaks.addFind(report.id, { ...find, secretId: report.secretId! })).toBe(false);
    await used.store.leaks.update(report.id, { status: 'closed' }, 30);
    expect(await used.store.leaks.addFind(report.id, { ...find, secretId: newId('sec') })).toBe(false);
    expect(await used.store.leaks.addFind('leak_none', { ...find, secretId: newId('sec') })).toBe(false);
    expect(await used.store.leaks.hold('leak_none')).toBeUndefined();
    // Of what was noted there is no other report either.
    expect(await used.store.leaks.create(reportOf(key, { secretId: find.secretId }))).toBe(false);
  });

  test('A20 what many note at the same time on two nodes all stays', async () => {
    const { project } = await newTenant(used.store);
    const report = reportOf(await newKey(used.store, project), {
      places: { logs: open, frontEnd: open, repository: open, screenshot: open },
    });
    await used.store.leaks.create(report);
    const services = [used.store, used.other].map((store) => leaksOver(store));
    const by = byServer({ id: 'test', operation: 'test', clock: () => 50 });
    await Promise.all(
      LEAK_PLACES.map((place, at) =>
        used.store.audit.during(by, () =>
          services[at % 2]!.change(caller, report.id, { places: { [place]: { state: 'clear', note: place } } }),
        ),
      ),
    );
    const { places } = (await used.store.leaks.get(report.id))!;
    expect(places).toEqual(Object.fromEntries(LEAK_PLACES.map((place) => [place, { state: 'clear', note: place }])));
  });

  test('A19 A20 closing loses no replacement that is noted at the same time', async () => {
    const { project } = await newTenant(used.store);
    const by = byServer({ id: 'test', operation: 'test', clock: () => 50 });
    for (let round = 0; round < 10; round++) {
      const report = reportOf(await newKey(used.store, project));
      await used.store.leaks.create(report);
      const replacement = { state: 'notNeeded', keyId: null } as const;
      const [changed] = await Promise.allSettled([
        used.other.audit.during(by, () => leaksOver(used.other).change(caller, report.id, { replacement })),
        used.store.audit.during(by, () => leaksOver(used.store).close(caller, report.id, 'a test')),
      ]);
      const after = (await used.store.leaks.get(report.id))!;
      // Else it was closed first, with what is found out by itself: the value is newer than the report.
      const state = changed.status === 'fulfilled' ? 'notNeeded' : 'done';
      expect([after.status, after.replacement.state]).toEqual(['closed', state]);
    }
  });

  test('A17 reports and other changes of the same key wait for one another, and neither is lost', async () => {
    const { project } = await newTenant(used.store);
    const by = byServer({ id: 'test', operation: 'test', clock: () => 50 });
    const statuses: string[] = [];
    for (let round = 0; round < 15; round++) {
      const key = await newKey(used.store, project);
      const opening = (store: typeof used.store) =>
        createLeakOpening({ store, keyring: { evict: () => undefined }, clock: () => 50, newId });
      const leak = { key, origin: 'finder', foundAt: null, sinceMs: 0, createdBy: 'system', disable: true } as const;
      const report = (store: typeof used.store, secretId: string) =>
        store.audit.during(by, () => opening(store)({ ...leak, secretId }));
      const change = (store: typeof used.store, description: string) =>
        store.audit.during(by, () => store.keys.update(key.id, { description }, 51));
      const [one, , other] = await Promise.all([
        report(used.store, newId('sec')),
        change(used.other, 'changed'),
        report(used.other, newId('sec')),
        change(used.store, 'changed'),
      ]);
      expect([one, other].filter((made) => made !== null)).toHaveLength(1);
      expect((await used.store.leaks.openOf(key.id))!.finds).toHaveLength(1);
      const after = (await used.store.keys.get(key.id))!;
      statuses.push(`${after.status} ${after.description}`);
    }
    expect(new Set(statuses)).toEqual(new Set(['disabled changed']));
  });

  test('A17 A20 who notes, who closes and who reports another value at once wait for one another, and none fails', async () => {
    const { project } = await newTenant(used.store);
    const by = byServer({ id: 'test', operation: 'test', clock: () => 50 });
    for (let round = 0; round < 15; round++) {
      const key = await newKey(used.store, project);
      const report = reportOf(key);
      await used.store.leaks.create(report);
      const opening = createLeakOpening({
        store: used.other,
        keyring: { evict: () => undefined },
        clock: () => 50,
        newId,
      });
      const leak = { key, origin: 'finder', foundAt: null, sinceMs: 0, createdBy: 'system' } as const;
      const secretId = newId('sec');
      const settled = await Promise.allSettled([
        used.other.audit.during(by, () => opening({ ...leak, secretId, disable: round % 2 === 0 })),
        used.store.audit.during(by, () =>
          leaksOver(used.store).change(caller, report.id, { use: { state: 'open', note: 'x' } }),
        ),
        used.store.audit.during(by, () => leaksOver(used.store).close(caller, report.id, 'a test')),
        used.other.audit.during(by, () => used.other.keys.update(key.id, { description: 'changed' }, 51)),
      ]);
      for (const one of settled) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'conflict' });
      expect(settled[0]?.status).toBe('fulfilled');
      // Noted in that report before it was closed, or in one of its own.
      const { data } = await used.store.leaks.list({
        accountId: key.accountId,
        projectId: null,
        keyId: key.id,
        limit: 10,
      });
      expect(data.flatMap((one) => [one.secretId, ...one.finds.map((find) => find.secretId)])).toContain(secretId);
    }
  });

  test('X06 a list holds what it is asked for, newest first', async () => {
    const { account, project } = await newTenant(used.store);
    const { project: elsewhere } = await newTenant(used.store);
    await used.store.leaks.create(reportOf(await newKey(used.store, elsewhere)));
    const reports: LeakReport[] = [];
    for (let at = 0; at < 5; at++) {
      const key = await newKey(used.store, project);
      const origin = at % 2 === 0 ? 'scanner' : 'person';
      reports.unshift(reportOf(key, { createdAtMs: 100 + at, origin, status: at === 4 ? 'closed' : 'open' }));
      await used.store.leaks.create(reports[0]!);
    }
    const within = { accountId: account.id, projectId: null, limit: 3 };
    const first = await used.store.leaks.list(within);
    expect(first.data).toEqual(reports.slice(0, 3));
    const second = await used.store.leaks.list({ ...within, cursor: first.nextCursor! });
    expect(second).toEqual({ data: reports.slice(3), nextCursor: null });
    const ids = async (query: object) =>
      (await used.store.leaks.list({ ...within, limit: 10, ...query })).data.map(({ id }) => id);
    expect(await ids({ status: 'closed' })).toEqual([reports[0]!.id]);
    expect(await ids({ origin: 'person' })).toEqual([reports[1]!.id, reports[3]!.id]);
    expect(await ids({ keyId: reports[2]!.keyId })).toEqual([reports[2]!.id]);
    expect(await ids({ projectId: elsewhere.id })).toEqual([]);
  });

  test('A18 usage is summed by address, and calls without one are together', async () => {
    const { project } = await newTenant(used.store);
    const at = (address: string | null) => rowIn(project, { address, keyId: 'key_leaked', costNano: 5n });
    await used.store.ledger.append([at('192.0.2.1'), at('192.0.2.1'), at('2001:db8::1'), at(null)]);
    const rows = await used.store.ledger.usage({
      accountId: project.accountId,
      projectId: project.id,
      keyId: 'key_leaked',
      fromMs: 0,
      toMs: 2_000_000_000_000,
      groupBy: ['address'],
    });
    expect(rows.map(({ group, requests, costNano }) => [group.address, requests, costNano])).toEqual([
      ['', 1, 5n],
      ['192.0.2.1', 2, 10n],
      ['2001:db8::1', 1, 5n],
    ]);
  });
});
