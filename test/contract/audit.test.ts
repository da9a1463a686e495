// The audit log: no change without its row, and no row that can be changed, removed, added or moved without a trace.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../src/core/audit.ts';
import type { Store } from '../../src/core/ports.ts';
import { allEvents, disarm, sqlOn, workerAt } from '../kit/audit.ts';
import { engines, keyIn, newId, newPlace, newTenant, secretOf, useStore, type StorePlace } from '../kit/stores.ts';

function record(fields: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: newId('aud'),
    atMs: 1_000,
    actor: { type: 'key', id: 'key_1', name: 'Automation', isOperator: false },
    address: '203.0.113.7',
    operation: 'createKey',
    object: { type: 'key', id: 'key_2', name: '密钥' },
    accountId: 'acc_1',
    projectId: 'prj_1',
    outcome: 'done',
    code: null,
    requestId: 'req_1',
    before: null,
    after: { name: '密钥', scope: { mode: 'all' } },
    ...fields,
  };
}

describe.each(engines)('the audit log on %s', (engine) => {
  const used = useStore(engine);
  const by = (operation: string) => workerAt(operation);

  test('X02: a change leaves one row, with who, when, where from, and what it was before and is now', async () => {
    const { store } = used;
    const { account, project } = await newTenant(store);
    const key = keyIn(project, { name: 'first' });
    await store.audit.during(by('createKey'), () => store.keys.create(key, secretOf(key, 'the-hash-of-it')));
    await store.audit.during(by('changeKey'), () =>
      store.keys.update(key.id, { status: 'disabled', description: 'off' }, 20_000),
    );
    await store.audit.during(by('deleteKey'), () => store.keys.remove(key.id, 30_000));
    const { data } = await store.audit.list({ accountId: account.id, projectId: project.id, limit: 10 });
    const place = { accountId: account.id, projectId: project.id, outcome: 'done', address: '203.0.113.7' };
    const object = { type: 'key', id: key.id, name: 'first' };
    expect(data.toReversed()).toMatchObject([
      { ...place, object, operation: 'createKey', accountSeq: 1, before: null, after: { status: 'active' } },
      {
        operation: 'changeKey',
        accountSeq: 2,
        before: { description: '', status: 'active' },
        after: { description: 'off', status: 'disabled' },
      },
      { operation: 'deleteKey', accountSeq: 3, before: { status: 'disabled' }, after: null },
    ]);
    expect(Object.keys(data[1]?.after ?? {})).toEqual(['description', 'status']);
    expect(JSON.stringify(data)).not.toContain('the-hash-of-it');
    expect(await store.audit.verify()).toMatchObject({ ok: true });
  });

  test('X02: a change of a limit says which it is: what it counts, over what time, and on what it is set', async () => {
    const { store } = used;
    const { account, project } = await newTenant(store);
    const key = keyIn(project, { name: 'limited' });
    await store.keys.create(key, secretOf(key, newId('hash')));
    const template = { id: newId('tpl'), accountId: account.id, name: 'Interns', createdAtMs: 1 };
    await store.limits.createTemplate(template, []);
    const window = { kind: 'rolling', windowMs: 60_000 } as const;
    const names: unknown[] = [];
    for (const subject of [
      { type: 'key', id: key.id },
      { type: 'project', id: project.id },
      { type: 'account', id: account.id },
      { type: 'template', id: template.id },
    ] as const) {
      const id = newId('lim');
      const limit = { id, accountId: account.id, subject, unit: 'tokens', amount: 5n, window, sinceMs: 0 } as const;
      await store.limits.create({ ...limit, createdAtMs: 1 });
      await store.audit.during(by('changeLimit'), () => store.limits.setAmount(id, 9n));
      await store.audit.during(by('deleteLimit'), () => store.limits.remove(id));
      const { data } = await store.audit.list({ accountId: null, projectId: null, objectId: id, limit: 10 });
      const telling = { subject, unit: 'tokens', window };
      expect(data.toReversed()).toMatchObject([
        { before: { ...telling, amount: '5' }, after: { ...telling, amount: '9' } },
        { before: { ...telling, amount: '9', sinceMs: 0 }, after: null },
      ]);
      expect(Object.keys(data[1]?.after ?? {}).toSorted()).toEqual(['amount', 'subject', 'unit', 'window']);
      names.push(...data.map(({ object }) => object.name));
    }
    expect(names).toEqual(['limited', project.name, account.name, 'Interns'].flatMap((name) => [name, name]));
  });

  test('a change that was not made leaves no row, and one whose row cannot be written is not made', async () => {
    const { store, place } = used;
    const { project } = await newTenant(store);
    const before = await allEvents(store);
    await store.audit.during(by('changeKey'), () => store.keys.update('key_unknown', { name: 'x' }, 1));
    const model = { projectId: null, accountId: null, prices: null, maxOutputTokens: null, createdAtMs: 1 };
    await expect(
      store.audit.during(by('createModel'), () =>
        store.catalogue.models.create({
          ...model,
          id: newId('mdl'),
          name: newId('m'),
          providerId: 'prv_none',
          upstreamModel: 'm',
        }),
      ),
    ).rejects.toMatchObject({ code: 'conflict' });
    expect(await allEvents(store)).toEqual(before);

    await sqlOn(place, engine === 'postgres' ? REFUSE_ROWS_POSTGRES : REFUSE_ROWS_SQLITE);
    await expect(
      store.audit.during(by('changeProject'), () => store.projects.update(project.id, { name: 'renamed' })),
    ).rejects.toThrow('no room');
    await sqlOn(place, `drop trigger refuse_rows${engine === 'postgres' ? ' on audit_events' : ''}`);
    expect(await store.projects.get(project.id)).toEqual(project);
    expect(await allEvents(store)).toEqual(before);
  });

  test('what is still in use is refused by name also within the transaction of its row', async () => {
    const { store } = used;
    const provider = { kind: 'openai' as const, baseUrl: 'https://api.example.com', credential: 'top-secret' };
    const times = { credentialHeader: null, timeoutMs: 1, idleTimeoutMs: 1, createdAtMs: 1 };
    const id = newId('prv');
    await store.audit.during(by('createProvider'), () =>
      store.catalogue.providers.create({ id, name: id, ...provider, ...times }),
    );
    const model = { projectId: null, accountId: null, prices: null, maxOutputTokens: null, createdAtMs: 1 };
    await store.catalogue.models.create({
      ...model,
      id: newId('mdl'),
      name: 'used-by',
      providerId: id,
      upstreamModel: 'm',
    });
    await expect(
      store.audit.during(by('deleteProvider'), () => store.catalogue.providers.remove(id)),
    ).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('used-by') as string });
    await store.audit.during(by('changeProvider'), () =>
      store.catalogue.providers.update(id, { credential: 'another-secret' }),
    );
    const { data } = await store.audit.list({ accountId: null, projectId: null, objectId: id, limit: 10 });
    expect(data.map(({ operation }) => operation)).toEqual(['changeProvider', 'createProvider']);
    expect(data[0]).toMatchObject({ before: { credential: '(set)' }, after: { credential: '(set)' } });
    expect(JSON.stringify(data)).not.toMatch(/top-secret|another-secret|v1\./);
  });

  test('100 writers at once on every node make one chain without a gap', async () => {
    const { store, other } = used;
    const { account } = await newTenant(store);
    const start = (await allEvents(store)).length;
    await Promise.all(
      Array.from({ length: 100 }, async (_, at) => {
        const node = at % 2 === 0 ? store : other;
        await node.audit.during(by('createProject'), () =>
          node.projects.create({ id: newId('prj'), accountId: account.id, name: `p${at}`, createdAtMs: at }),
        );
      }),
    );
    const events = await allEvents(store);
    expect(events).toHaveLength(start + 100);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
    const own = events.filter(({ accountId }) => accountId === account.id);
    expect(own.map(({ accountSeq }) => accountSeq)).toEqual(own.map((_, at) => at + 1));
    expect(await store.audit.verify()).toMatchObject({ ok: true, events: start + 100 });
  });

  test('of what others wrote nothing ends a line, turns the reading order or is lost', async () => {
    const { store } = used;
    const id = newId('aud');
    const object = { type: 'key', id: 'a\nb\u0000', name: 'x\u202Ey\u001b[31m\r\n' };
    await store.audit.append(record({ id, object, after: { description: 'two\nlines\u0007' } }));
    expect(await store.audit.get(id)).toMatchObject({
      object: { id: 'a b\ufffd', name: 'x\ufffdy\ufffd[31m  ' },
      after: { description: 'two\nlines\ufffd' },
    });
    expect(await store.audit.verify()).toMatchObject({ ok: true });
  });

  test('the database refuses to change, remove or replace a row', async () => {
    const { store, place } = used;
    await store.audit.append(record());
    const refused = /never changed or removed/;
    await expect(sqlOn(place, `update audit_events set operation = 'x' where seq = 1`)).rejects.toThrow(refused);
    await expect(sqlOn(place, 'delete from audit_events where seq = 1')).rejects.toThrow(refused);
    const whole =
      engine === 'postgres'
        ? 'truncate audit_events'
        : 'insert or replace into audit_events select * from audit_events where seq = 1';
    await expect(sqlOn(place, whole)).rejects.toThrow(refused);
    expect(await store.audit.verify()).toMatchObject({ ok: true });
  });

  test('every filter narrows, and pages go through all that match', async () => {
    const { store } = used;
    const actorId = newId('key');
    const actor = { type: 'key', id: actorId, name: 'a', isOperator: false } as const;
    for (let at = 1; at <= 5; at++)
      await store.audit.append(
        record({ actor, atMs: at, outcome: at === 5 ? 'refused' : 'done', operation: `op${at % 2}` }),
      );
    const everywhere = { accountId: null, projectId: null, actorId, limit: 2 };
    const first = await store.audit.list(everywhere);
    const second = await store.audit.list({ ...everywhere, cursor: first.nextCursor ?? '' });
    const third = await store.audit.list({ ...everywhere, cursor: second.nextCursor ?? '' });
    expect([first, second, third].flatMap(({ data }) => data.map(({ atMs }) => atMs))).toEqual([5, 4, 3, 2, 1]);
    expect(third.nextCursor).toBeNull();
    const times = async (filter: object): Promise<number[]> =>
      (await store.audit.list({ ...everywhere, limit: 10, ...filter })).data.map(({ atMs }) => atMs);
    expect(await times({ outcome: 'refused' })).toEqual([5]);
    expect(await times({ operation: 'op0' })).toEqual([4, 2]);
    expect(await times({ fromMs: 2, toMs: 4 })).toEqual([3, 2]);
    expect(await times({ objectType: 'key', objectId: 'key_2' })).toHaveLength(5);
    expect(await times({ objectType: 'project' })).toEqual([]);
    expect(await times({ accountId: 'acc_2' })).toEqual([]);
    expect(await times({ projectId: 'prj_2' })).toEqual([]);
  });
});

const REFUSE_ROWS_SQLITE = `create trigger refuse_rows before insert on audit_events
  begin select raise(abort, 'no room'); end`;
const REFUSE_ROWS_POSTGRES = `create or replace function refuse_rows() returns trigger language plpgsql as
  $$ begin raise exception 'no room'; end $$;
  create trigger refuse_rows before insert on audit_events for each row execute function refuse_rows()`;

describe.each(engines)('tampering with the audit log on %s', (engine) => {
  let place: StorePlace;
  let store: Store;
  beforeEach(async () => {
    place = await newPlace(engine);
    store = await place.open();
    for (let at = 1; at <= 9; at++)
      await store.audit.append(record({ atMs: at, accountId: at % 2 === 0 ? 'acc_1' : 'acc_2' }));
    await disarm(place);
  });
  afterEach(async () => {
    await store.close();
    await place.clear();
  });

  const columns = `project_id, seq, account_seq, id, at_ms, actor_type, actor_id, actor_name, actor_operator, address,
    operation, object_type, object_id, object_name, outcome, code, request_id, before_fields, after_fields, previous_hash, hash`;
  const copyOf = (seq: number, as: number) =>
    `insert into audit_events (account_id, ${columns}) select 'acc_3', ${columns
      .replace(/\bseq\b/, String(as))
      .replace('account_seq', '77')
      .replace(' id,', ` 'aud_forged',`)} from audit_events where seq = ${seq}`;

  test.each([
    ['a changed field', [`update audit_events set operation = 'readKey' where seq = 4`], 4, 'changed'],
    ['a changed detail', [`update audit_events set after_fields = '{"name":"x"}' where seq = 4`], 4, 'changed'],
    ['another actor', [`update audit_events set actor_name = 'Somebody else' where seq = 2`], 2, 'changed'],
    ['a removed row', ['delete from audit_events where seq = 5'], 5, 'missing'],
    ['the first row removed', ['delete from audit_events where seq = 1'], 1, 'missing'],
    ['a row put in at the end', [copyOf(3, 10)], 10, 'changed'],
    ['a row put in the place of another', ['delete from audit_events where seq = 6', copyOf(3, 6)], 6, 'changed'],
    [
      'rows in another order',
      [
        'update audit_events set seq = 99 where seq = 3',
        'update audit_events set seq = 3 where seq = 7',
        'update audit_events set seq = 7 where seq = 99',
      ],
      3,
      'changed',
    ],
    [
      'rows closed up after one was removed',
      ['delete from audit_events where seq = 9', 'update audit_events set seq = 9 where seq = 8'],
      8,
      'missing',
    ],
    ['the last rows cut off', ['delete from audit_events where seq > 6'], 7, 'truncated'],
    ['everything cut off', ['delete from audit_events'], 1, 'truncated'],
    ['the note of the end removed', [`delete from meta where name = 'audit.head'`], 9, 'head'],
  ])('%s is found', async (_, statements, seq, problem) => {
    expect(await store.audit.verify()).toMatchObject({ ok: true, events: 9 });
    for (const statement of statements) await sqlOn(place, statement);
    expect(await store.audit.verify()).toEqual({ ok: false, seq, problem });
    // What happens afterwards is recorded, and does not cover it up.
    await store.audit.append(record());
    expect(await store.audit.verify()).toMatchObject({ ok: false });
  });

  test('the last rows cut off and the note of the end set back to an earlier row is found: the note is signed', async () => {
    const { hash } = (await allEvents(store))[5]!;
    await sqlOn(place, 'delete from audit_events where seq > 6');
    const signature = (await store.meta.get('audit.head'))?.split(' ')[2];
    await sqlOn(place, `update meta set value = '6 ${hash} ${signature}' where name = 'audit.head'`);
    expect(await store.audit.verify()).toEqual({ ok: false, seq: 6, problem: 'head' });
    await store.audit.append(record());
    expect(await store.audit.verify()).toEqual({ ok: false, seq: 7, problem: 'unlinked' });
  });
});
