import { describe, expect, test } from 'vitest';
import type { Project } from '../../src/core/account.ts';
import type { DenialCount, LedgerRow } from '../../src/core/ledger.ts';
import type { LedgerQuery } from '../../src/core/ports.ts';
import { engines, newId, newTenant, rowIn, useStore } from '../kit/stores.ts';

const NOON_MS = Date.UTC(2027, 0, 15, 12);
const HOUR_MS = 3_600_000;

describe.each(engines)('the ledger on %s', (engine) => {
  const used = useStore(engine);
  const requests = (project: Project, fields: Record<string, unknown> = {}) =>
    used.store.ledger.requests({ ...everyRowOf(project), limit: 100, ...fields });

  describe('appending', () => {
    test('a row is read as it was written, its money exact beyond 2^53', async () => {
      const { project } = await newTenant(used.store);
      const row = rowIn(project, {
        resourceName: '通义千问',
        outcome: 'aborted',
        status: 499,
        streamed: true,
        usage: { inputTokens: 1, cachedTokens: 2, cacheWriteTokens: 3, outputTokens: 4, reasoningTokens: 2 ** 53 - 1 },
        usageSource: 'estimated',
        costNano: 9_223_372_036_854_775_807n,
        prices: {
          inputNanoPerMillion: 9_007_199_254_740_993n,
          cachedInputNanoPerMillion: null,
          cacheWriteNanoPerMillion: 7n,
          outputNanoPerMillion: 0n,
        },
        startedAtMs: NOON_MS,
      });
      const empty = rowIn(project, {
        resourceType: null,
        resourceId: null,
        resourceName: null,
        providerId: null,
        costNano: null,
        address: null,
        firstByteMs: null,
        outcome: 'allowed',
        usageSource: 'none',
        startedAtMs: NOON_MS - 1,
      });
      await used.store.ledger.append([row, empty]);
      expect((await requests(project)).data).toEqual([row, empty]);
    });

    test('a row that is already there stays as it is, and the rows beside it are written', async () => {
      const { project } = await newTenant(used.store);
      const row = rowIn(project, { status: 200, startedAtMs: NOON_MS });
      await used.store.ledger.append([row, { ...row, status: 500 }]);
      const fresh = rowIn(project, { startedAtMs: NOON_MS - 1 });
      await used.store.ledger.append([{ ...row, status: 500 }, fresh]);
      expect((await requests(project)).data).toEqual([row, fresh]);
    });

    test('all rows are written or none', async () => {
      const { project } = await newTenant(used.store);
      const impossible = rowIn(project, { costNano: 2n ** 63n });
      await expect(used.store.ledger.append([rowIn(project), impossible, rowIn(project)])).rejects.toThrow(
        /out of range|cannot store/,
      );
      expect((await requests(project)).data).toEqual([]);
      await used.store.ledger.append([rowIn(project)]);
      expect((await requests(project)).data).toHaveLength(1);
    });

    test('no rows are no work, and hundreds are one step', async () => {
      const { project } = await newTenant(used.store);
      await used.store.ledger.append([]);
      await used.store.ledger.append(Array.from({ length: 700 }, () => rowIn(project)));
      expect(await total(project)).toMatchObject({ requests: 700 });
    });

    test('batches written at once on every node are all there, also where they overlap', async () => {
      const { project } = await newTenant(used.store);
      const rows = Array.from({ length: 200 }, () => rowIn(project, { costNano: 3n }));
      const batches = Array.from({ length: 20 }, (_, index) => rows.slice(index * 10, index * 10 + 15));
      await Promise.all(
        batches.map((batch, index) =>
          (index % 2 ? used.store : used.other).ledger.append(index % 3 ? batch : batch.toReversed()),
        ),
      );
      expect(await total(project)).toMatchObject({ requests: 200, costNano: 600n });
    });

    test('a text that no database stores does not make the batch fail', async () => {
      const { project } = await newTenant(used.store);
      await used.store.ledger.append([rowIn(project, { resourceName: 'a\0b\ud800', address: '\0' }), rowIn(project)]);
      expect((await requests(project, { resourceName: 'a\ufffdb\ufffd' })).data).toHaveLength(1);
    });
  });

  describe('listing', () => {
    test('each filter finds what it names; a range holds its start and not its end', async () => {
      const { account, project } = await newTenant(used.store);
      const second = { id: newId('prj'), accountId: account.id, name: 'second', createdAtMs: 1 };
      const at = (ms: number, fields: Partial<LedgerRow> = {}, where: Project = project): LedgerRow =>
        rowIn(where, { startedAtMs: NOON_MS + ms, route: String(ms), ...fields });
      const foreign = (await newTenant(used.store)).project;
      await used.store.ledger.append([
        at(1),
        at(2, { keyId: 'key_2' }),
        at(3, { status: 429 }),
        at(4, { outcome: 'upstream_failed', status: 502 }),
        at(5, { resourceName: '模型' }),
        at(6, {}, second),
        at(7, {}, foreign),
        at(8, { address: '2001:db8::8' }, second),
      ]);
      const found = async (query: Record<string, unknown>) =>
        (await requests(project, query)).data.map(({ route }) => Number(route));
      expect(await found({})).toEqual([5, 4, 3, 2, 1]);
      expect(await found({ projectId: null })).toEqual([8, 6, 5, 4, 3, 2, 1]);
      expect(await found({ projectId: null, address: '2001:db8::8' })).toEqual([8]);
      expect(await found({ keyId: 'key_2' })).toEqual([2]);
      expect(await found({ status: 429 })).toEqual([3]);
      expect(await found({ outcome: 'upstream_failed' })).toEqual([4]);
      expect(await found({ resourceName: '模型' })).toEqual([5]);
      expect(await found({ fromMs: NOON_MS + 2, toMs: NOON_MS + 4 })).toEqual([3, 2]);
    });

    test('a walk through the pages meets every row once, while rows are added and many have the same time', async () => {
      const { project } = await newTenant(used.store);
      const rows = Array.from({ length: 30 }, (_, index) =>
        rowIn(project, { startedAtMs: NOON_MS + Math.floor(index / 10) }),
      );
      await used.store.ledger.append(rows);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await requests(project, { limit: 7, ...(cursor !== null && { cursor }) });
        seen.push(...page.data.map(({ id }) => id));
        await used.other.ledger.append([rowIn(project, { startedAtMs: NOON_MS + 10 })]);
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
      await expect(requests(project, { cursor: 'no' })).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });

  describe('summing', () => {
    test('sums are exact beyond 2^53, and beyond 2^63', async () => {
      const { project } = await newTenant(used.store);
      const costs = [9_007_199_254_740_993n, 1n, 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n, 999_999_999n];
      await used.store.ledger.append(costs.map((costNano) => rowIn(project, { costNano })));
      expect((await total(project))?.costNano).toBe(costs.reduce((a, b) => a + b));
    });

    test('rows are grouped by each value and by several, and every row is in one group', async () => {
      const { project } = await newTenant(used.store);
      const usage = { inputTokens: 10, cachedTokens: 4, cacheWriteTokens: 1, outputTokens: 20, reasoningTokens: 5 };
      const midnight = Date.UTC(2027, 0, 15);
      await used.store.ledger.append([
        rowIn(project, { keyId: 'key_1', resourceName: 'a', usage, costNano: 5n, startedAtMs: midnight - 1 }),
        rowIn(project, { keyId: 'key_1', resourceName: '模型', usage, costNano: null, startedAtMs: midnight }),
        rowIn(project, {
          keyId: 'key_2',
          resourceName: null,
          usageSource: 'estimated',
          costNano: 7n,
          status: 502,
          startedAtMs: midnight + 86_399_999,
        }),
      ]);
      const by = async (...groupBy: ('key' | 'model' | 'day' | 'hour' | 'status' | 'project')[]) =>
        (await used.store.ledger.usage({ ...everyRowOf(project), groupBy })).map(({ group, requests: count }) => [
          ...groupBy.map((one) => group[one]),
          count,
        ]);
      expect(await by('key')).toEqual([
        ['key_1', 2],
        ['key_2', 1],
      ]);
      expect(await by('model')).toEqual([
        ['', 1],
        ['a', 1],
        ['模型', 1],
      ]);
      expect(await by('day')).toEqual([
        ['2027-01-14', 1],
        ['2027-01-15', 2],
      ]);
      expect(await by('hour')).toEqual([
        ['2027-01-14T23:00:00.000Z', 1],
        ['2027-01-15T00:00:00.000Z', 1],
        ['2027-01-15T23:00:00.000Z', 1],
      ]);
      expect(await by('status')).toEqual([
        ['200', 2],
        ['502', 1],
      ]);
      expect(await by('project')).toEqual([[project.id, 3]]);
      expect(await by('day', 'key')).toEqual([
        ['2027-01-14', 'key_1', 1],
        ['2027-01-15', 'key_1', 1],
        ['2027-01-15', 'key_2', 1],
      ]);
      expect(await by('key', 'hour', 'day')).toEqual([
        ['key_1', '2027-01-14T23:00:00.000Z', '2027-01-14', 1],
        ['key_1', '2027-01-15T00:00:00.000Z', '2027-01-15', 1],
        ['key_2', '2027-01-15T23:00:00.000Z', '2027-01-15', 1],
      ]);
      expect(await total(project)).toEqual({
        group: {},
        requests: 3,
        inputTokens: 20,
        cachedTokens: 8,
        outputTokens: 40,
        reasoningTokens: 10,
        costNano: 12n,
        unpricedRequests: 1,
        estimatedRequests: 1,
      });
    });

    test('nothing sums to zero', async () => {
      const { project } = await newTenant(used.store);
      expect(await total(project)).toMatchObject({ requests: 0, costNano: 0n, inputTokens: 0 });
      expect(await used.store.ledger.usage({ ...everyRowOf(project), groupBy: ['key'] })).toEqual([]);
    });
  });

  describe('refusals', () => {
    const denial = (project: Project, fields: Partial<DenialCount> = {}): DenialCount => ({
      accountId: project.accountId,
      projectId: project.id,
      keyId: 'key_1',
      code: 'ip_not_allowed',
      route: '/v1/models',
      address: '203.0.113.7',
      hourMs: NOON_MS,
      count: 1,
      firstAtMs: NOON_MS + 5,
      lastAtMs: NOON_MS + 5,
      ...fields,
    });
    const denials = (project: Project, fields: Record<string, unknown> = {}) =>
      used.store.ledger.denials({ ...everyRowOf(project), limit: 100, ...fields });

    test('counts of one kind add up, with the first and the last time of all', async () => {
      const { project } = await newTenant(used.store);
      await used.store.ledger.countDenials([denial(project, { count: 2, lastAtMs: NOON_MS + 9 }), denial(project)]);
      await used.store.ledger.countDenials([denial(project, { count: 4, firstAtMs: NOON_MS + 1 })]);
      await used.store.ledger.countDenials([]);
      expect((await denials(project)).data).toEqual([
        denial(project, { count: 7, firstAtMs: NOON_MS + 1, lastAtMs: NOON_MS + 9 }),
      ]);
    });

    test('counts sent at once by every node, in different orders, lose nothing', async () => {
      const { project } = await newTenant(used.store);
      const kinds = ['a', 'b', 'c', 'd', 'e', 'f'].map((code) => denial(project, { code }));
      await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 ? used.store : used.other).ledger.countDenials(index % 3 ? kinds : kinds.toReversed()),
        ),
      );
      const { data } = await denials(project);
      expect(Object.fromEntries(data.map(({ code, count }) => [code, count]))).toEqual(
        Object.fromEntries(kinds.map(({ code }) => [code, 40])),
      );
    });

    test('the newest hour comes first, the largest count first within it, page by page', async () => {
      const { project } = await newTenant(used.store);
      const counts = [0, 1].flatMap((hour) =>
        [3, 1, 2, 2].map((count, index) =>
          denial(project, {
            hourMs: NOON_MS + hour * HOUR_MS,
            firstAtMs: NOON_MS + hour * HOUR_MS,
            lastAtMs: NOON_MS + hour * HOUR_MS,
            count,
            address: `10.0.0.${index}`,
          }),
        ),
      );
      await used.store.ledger.countDenials(counts);
      const seen: number[][] = [];
      let cursor: string | null = null;
      do {
        const page = await denials(project, { limit: 3, ...(cursor !== null && { cursor }) });
        seen.push(...page.data.map(({ hourMs, count }) => [(hourMs - NOON_MS) / HOUR_MS, count]));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen).toEqual([
        [1, 3],
        [1, 2],
        [1, 2],
        [1, 1],
        [0, 3],
        [0, 2],
        [0, 2],
        [0, 1],
      ]);
      await expect(denials(project, { cursor: Buffer.from('[1,"a"]').toString('base64url') })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    });

    test('filters and ranges: an hour counts when one of its refusals lies in the range', async () => {
      const { project } = await newTenant(used.store);
      await used.store.ledger.countDenials([
        denial(project, { code: 'a', firstAtMs: NOON_MS + 10, lastAtMs: NOON_MS + 20 }),
        denial(project, { code: 'b', keyId: '', firstAtMs: NOON_MS + 30, lastAtMs: NOON_MS + 40 }),
      ]);
      const codes = async (fields: Record<string, unknown>) =>
        (await denials(project, fields)).data.map(({ code }) => code).toSorted();
      expect(await codes({})).toEqual(['a', 'b']);
      expect(await codes({ keyId: '' })).toEqual(['b']);
      expect(await codes({ code: 'a' })).toEqual(['a']);
      expect(await codes({ address: '203.0.113.7' })).toEqual(['a', 'b']);
      expect(await codes({ address: '203.0.113.8' })).toEqual([]);
      expect(await codes({ fromMs: NOON_MS + 20, toMs: NOON_MS + 30 })).toEqual(['a']);
      expect(await codes({ fromMs: NOON_MS + 21, toMs: NOON_MS + 30 })).toEqual([]);
      expect(await codes({ fromMs: NOON_MS + 21 })).toEqual(['b']);
      expect(await codes({ projectId: 'prj_none' })).toEqual([]);
    });
  });

  async function total(project: Project) {
    return (await used.store.ledger.usage({ ...everyRowOf(project), groupBy: [] }))[0];
  }
});

function everyRowOf(project: Project): LedgerQuery {
  return { accountId: project.accountId, projectId: project.id, fromMs: 0, toMs: 4_000_000_000_000 };
}
