import { describe, expect, test } from 'vitest';
import type { Key } from '../../src/core/key.ts';
import type { KeyQuery } from '../../src/core/keyStore.ts';
import type { Replay } from '../../src/core/replay.ts';
import { engines, keyIn, newId, newKey, newTenant, secretOf, useStore } from '../kit/stores.ts';

describe.each(engines)('keys on %s', (engine) => {
  const used = useStore(engine);

  const replay = (fields: Partial<Replay> = {}): Replay => ({
    owner: newId('owner'),
    token: 'token',
    fingerprint: 'fingerprint',
    createdAtMs: 10_000,
    forgetBeforeMs: 0,
    ...fields,
  });

  describe('looking up', () => {
    test('a key is found by its hash, whole, with its project and account', async () => {
      const { account, project } = await newTenant(used.store);
      const key = keyIn(project, {
        name: '生产环境密钥 🔑',
        description: 'Ünïcode "quoted" \\ back',
        environment: 'prod',
        scope: { mode: 'range', resources: [{ type: 'service', id: 'svc_1', access: 'read' }] },
        ipAllow: ['10.0.0.0/8', '2001:db8::/32'],
        ipDeny: ['10.1.2.3'],
        expiresAtMs: 4_102_444_800_000,
        status: 'disabled',
      });
      const secret = secretOf(key);
      expect(await used.store.keys.create(key, secret)).toEqual({ created: true });
      expect(await used.store.keys.findByHashes([secret.hash])).toEqual([
        { hash: secret.hash, found: { key, project, account, secret: { id: secret.id, endsAtMs: null } } },
      ]);
      expect(await used.store.keys.get(key.id)).toEqual(key);
    });

    test('a management key of a whole account has no project', async () => {
      const { account, project } = await newTenant(used.store);
      const key = keyIn(project, { projectId: null, class: 'management' });
      const secret = secretOf(key);
      await used.store.keys.create(key, secret);
      expect(await used.store.keys.findByHashes([secret.hash])).toEqual([
        { hash: secret.hash, found: { key, project: null, account, secret: { id: secret.id, endsAtMs: null } } },
      ]);
    });

    test.each([1, 2, 3, 255, 256, 257, 600])(
      '%i hashes are looked up at once, unknown ones left out',
      async (count) => {
        const { project } = await newTenant(used.store);
        const keys = [keyIn(project), keyIn(project), keyIn(project)];
        const secrets = keys.map((key) => secretOf(key));
        for (const [index, key] of keys.entries()) await used.store.keys.create(key, secrets[index]!);
        const unknown = Array.from({ length: Math.max(0, count - 3) }, () => newId('hash'));
        const asked = [...secrets.map(({ hash }) => hash), ...unknown].slice(0, count);
        const found = await used.store.keys.findByHashes(asked);
        expect(found.map(({ hash }) => hash).toSorted()).toEqual(asked.slice(0, Math.min(3, count)).toSorted());
      },
    );

    test('no hashes find nothing', async () => {
      expect(await used.store.keys.findByHashes([])).toEqual([]);
    });

    test('hashes and ids are compared byte by byte: case matters', async () => {
      const { project } = await newTenant(used.store);
      const hash = newId('hash_aA');
      const key = keyIn(project, { id: newId('key_aA') });
      await used.store.keys.create(key, secretOf(key, hash));
      expect(await used.store.keys.findByHashes([hash.replace('aA', 'AA')])).toEqual([]);
      expect(await used.store.keys.get(key.id.replace('aA', 'AA'))).toBeUndefined();
    });

    test('a deleted key is still found, as a tombstone', async () => {
      const { project } = await newTenant(used.store);
      const key = keyIn(project);
      const secret = secretOf(key);
      await used.store.keys.create(key, secret);
      await used.store.keys.remove(key.id, 20_000);
      const [entry] = await used.store.keys.findByHashes([secret.hash]);
      expect(entry?.found.key.deletedAtMs).toBe(20_000);
    });
  });

  describe('creating', () => {
    test('a value that was used before is refused, and nothing of the new key is written', async () => {
      const { project } = await newTenant(used.store);
      const first = keyIn(project);
      const secret = secretOf(first);
      await used.store.keys.create(first, secret);
      await used.store.keys.remove(first.id, 20_000);
      const second = keyIn(project);
      const again = used.store.keys.create(second, secretOf(second, secret.hash));
      await expect(again).rejects.toMatchObject({ code: 'conflict' });
      expect(await used.store.keys.get(second.id)).toBeUndefined();
    });

    test('a key cannot be put into a project of another account, nor into one that does not exist', async () => {
      const { project } = await newTenant(used.store);
      const { project: foreign } = await newTenant(used.store);
      for (const projectId of [foreign.id, 'prj_none']) {
        const key = keyIn(project, { projectId });
        await expect(used.store.keys.create(key, secretOf(key))).rejects.toMatchObject({ code: 'conflict' });
      }
    });

    test('a creation sent twice makes one key and answers it twice, with the fingerprint of the first', async () => {
      const { project } = await newTenant(used.store);
      const first = keyIn(project);
      const second = keyIn(project);
      const token = replay();
      await used.store.keys.create(first, secretOf(first), token);
      expect(await used.store.keys.create(second, secretOf(second), { ...token, fingerprint: 'other' })).toEqual({
        created: false,
        keyId: first.id,
        fingerprint: 'fingerprint',
      });
      expect(await used.store.keys.get(second.id)).toBeUndefined();
    });

    test('the same token of another owner is another creation', async () => {
      const { project } = await newTenant(used.store);
      for (const token of [replay(), replay()]) {
        const key = keyIn(project);
        expect(await used.store.keys.create(key, secretOf(key), token)).toEqual({ created: true });
      }
    });

    test('of many creations at once with one token, on every node, exactly one makes a key', async () => {
      for (let round = 0; round < 10; round++) {
        const { project } = await newTenant(used.store);
        const token = replay();
        const answers = await Promise.all(
          Array.from({ length: 8 }, (_, index) => {
            const key = keyIn(project);
            return (index % 2 ? used.store : used.other).keys.create(key, secretOf(key), token);
          }),
        );
        const { data } = await used.store.keys.list(everyKeyOf(project));
        expect(data).toHaveLength(1);
        expect(answers.filter(({ created }) => created)).toHaveLength(1);
        const others = answers.filter((answer) => !answer.created).map(({ keyId }) => keyId);
        expect(others).toEqual(Array<string>(7).fill(data[0]!.id));
      }
    });

    test('a creation that failed leaves its token free', async () => {
      const { project } = await newTenant(used.store);
      const taken = secretOf(await newKey(used.store, project));
      const occupied = keyIn(project);
      await used.store.keys.create(occupied, secretOf(occupied, taken.hash));
      const token = replay();
      const key = keyIn(project);
      await expect(used.store.keys.create(key, secretOf(key, taken.hash), token)).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await used.store.keys.create(key, secretOf(key), token)).toEqual({ created: true });
    });

    test('a token is forgotten in time, and may then make another key', async () => {
      const { project } = await newTenant(used.store);
      const token = replay({ createdAtMs: 10_000 });
      const key = keyIn(project);
      await used.store.keys.create(key, secretOf(key), token);
      const later = keyIn(project);
      const again = { ...token, createdAtMs: 90_000, forgetBeforeMs: 10_000 };
      expect(await used.store.keys.create(later, secretOf(later), again)).toMatchObject({ created: false });
      expect(await used.other.keys.findReplay(again)).toEqual({ keyId: key.id, fingerprint: 'fingerprint' });
      expect(await used.store.keys.findReplay({ ...again, owner: 'another' })).toBeUndefined();
      const muchLater = { ...again, forgetBeforeMs: 10_001 };
      expect(await used.store.keys.findReplay(muchLater)).toBeUndefined();
      expect(await used.store.keys.create(later, secretOf(later), muchLater)).toEqual({ created: true });
    });
  });

  describe('changing', () => {
    test('only what is named changes', async () => {
      const { project } = await newTenant(used.store);
      const key = await newKey(used.store, project, { description: 'kept', environment: 'kept' });
      const changed = await used.store.keys.update(key.id, { name: '新名称' }, 20_000);
      expect(changed).toEqual({ ...key, name: '新名称', updatedAtMs: 20_000 });
      expect(await used.store.keys.get(key.id)).toEqual(changed);
      const cleared = await used.store.keys.update(
        key.id,
        { environment: null, expiresAtMs: 5, ipAllow: ['::1'] },
        20_001,
      );
      expect(cleared).toEqual({ ...changed, environment: null, expiresAtMs: 5, ipAllow: ['::1'], updatedAtMs: 20_001 });
    });

    test('changes of different fields at once are all kept', async () => {
      const { project } = await newTenant(used.store);
      for (let round = 0; round < 10; round++) {
        const key = await newKey(used.store, project);
        await Promise.all([
          used.store.keys.update(key.id, { name: 'n' }, 20_000),
          used.other.keys.update(key.id, { status: 'disabled' }, 20_000),
          used.store.keys.update(key.id, { ipDeny: ['::/0'] }, 20_000),
          used.other.keys.touch([{ keyId: key.id, atMs: 30_000, address: '::1' }]),
        ]);
        expect(await used.store.keys.get(key.id)).toMatchObject({
          name: 'n',
          status: 'disabled',
          ipDeny: ['::/0'],
          lastUsedAtMs: 30_000,
        });
      }
    });

    test('a deleted key cannot be changed, deleted again, or found in a list', async () => {
      const { project } = await newTenant(used.store);
      const key = await newKey(used.store, project);
      expect(await used.store.keys.remove(key.id, 20_000)).toMatchObject({ id: key.id, deletedAtMs: 20_000 });
      expect(await used.store.keys.remove(key.id, 30_000)).toBeUndefined();
      expect(await used.store.keys.update(key.id, { status: 'active' }, 30_000)).toBeUndefined();
      expect(await used.store.keys.get(key.id)).toMatchObject({ deletedAtMs: 20_000, updatedAtMs: 20_000 });
      expect((await used.store.keys.list(everyKeyOf(project))).data).toEqual([]);
    });

    test('what does not exist cannot be changed or deleted', async () => {
      expect(await used.store.keys.update('key_none', { name: 'n' }, 1)).toBeUndefined();
      expect(await used.store.keys.remove('key_none', 1)).toBeUndefined();
    });

    test('a change that meets a deletion never brings the key back', async () => {
      const { project } = await newTenant(used.store);
      for (let round = 0; round < 20; round++) {
        const key = await newKey(used.store, project);
        const [, removed, , again] = await Promise.all([
          used.store.keys.update(key.id, { status: 'active', name: 'a' }, 20_000),
          used.other.keys.remove(key.id, 20_000),
          used.store.keys.update(key.id, { status: 'active', name: 'b' }, 20_001),
          used.store.keys.remove(key.id, 20_001),
        ]);
        expect([removed, again].filter((one) => one !== undefined)).toHaveLength(1);
        expect((await used.store.keys.get(key.id))?.deletedAtMs).not.toBeNull();
      }
    });

    test('the last use never moves backwards, in whatever order uses arrive', async () => {
      const { project } = await newTenant(used.store);
      const keys = await Promise.all(Array.from({ length: 5 }, () => newKey(used.store, project)));
      const uses = Array.from({ length: 200 }, (_, index) => ({
        keyId: keys[index % 5]!.id,
        atMs: 20_000 + ((index * 7919) % 1000),
        address: `10.0.0.${index}`,
      }));
      const batches = Array.from({ length: 20 }, (_, batch) => uses.filter((_, index) => index % 20 === batch));
      await Promise.all(
        batches.map((batch, index) =>
          (index % 2 ? used.store : used.other).keys.touch(index % 3 ? batch : batch.toReversed()),
        ),
      );
      for (const key of keys) {
        const last = uses.filter((use) => use.keyId === key.id).reduce((a, b) => (a.atMs > b.atMs ? a : b));
        expect(await used.store.keys.get(key.id)).toMatchObject({
          lastUsedAtMs: last.atMs,
          lastUsedAddress: last.address,
        });
      }
    });

    test('a use of a key that does not exist, and no uses at all, change nothing', async () => {
      await used.store.keys.touch([{ keyId: 'key_none', atMs: 1, address: null }]);
      await used.store.keys.touch([]);
      expect(await used.store.keys.get('key_none')).toBeUndefined();
    });
  });

  describe('listing', () => {
    test('each filter finds what it names and nothing else', async () => {
      const { account, project } = await newTenant(used.store);
      const second = { id: newId('prj'), accountId: account.id, name: 'second', createdAtMs: 1 };
      await used.store.projects.create(second);
      const foreign = (await newTenant(used.store)).project;
      await newKey(used.store, foreign);
      const at = (ms: number): Partial<Key> => ({ createdAtMs: ms, updatedAtMs: ms });
      const plain = await newKey(used.store, project, { ...at(1), name: 'plain' });
      const prod = await newKey(used.store, project, {
        ...at(2),
        name: 'prod',
        environment: 'prod',
        createdBy: 'key_m',
      });
      const expired = await newKey(used.store, project, { ...at(3), name: 'expired', expiresAtMs: 500 });
      const disabled = await newKey(used.store, project, {
        ...at(4),
        name: 'disabled',
        status: 'disabled',
        expiresAtMs: 501,
      });
      const both = await newKey(used.store, project, { ...at(5), name: 'both', status: 'disabled', expiresAtMs: 400 });
      const manager = await newKey(used.store, project, {
        ...at(6),
        name: 'manager',
        projectId: null,
        class: 'management',
      });
      const elsewhere = await newKey(used.store, second, { ...at(7), name: 'elsewhere' });
      await used.store.keys.touch([{ keyId: plain.id, atMs: 450, address: null }]);

      const cases: [Partial<KeyQuery>, Key[]][] = [
        [{}, [both, disabled, expired, prod, plain]],
        [{ projectId: null }, [elsewhere, manager, both, disabled, expired, prod, plain]],
        [{ projectId: second.id }, [elsewhere]],
        [{ projectId: foreign.id }, []],
        [{ projectId: null, class: 'management' }, [manager]],
        [{ class: 'management' }, []],
        [{ state: 'active' }, [prod, plain]],
        [{ state: 'expired' }, [expired]],
        [{ state: 'disabled' }, [both, disabled]],
        [{ state: 'expired', nowMs: 499 }, []],
        [{ environment: 'prod' }, [prod]],
        [{ environment: 'PROD' }, []],
        [{ createdBy: 'key_m' }, [prod]],
        [{ createdBeforeMs: 3 }, [prod, plain]],
        [{ unusedSinceMs: 450 }, [both, disabled, expired, prod]],
        [{ unusedSinceMs: 451 }, [both, disabled, expired, prod, plain]],
        [{ unusedSinceMs: 3 }, [prod]],
        [{ search: 'pro', state: 'active' }, [prod]],
      ];
      for (const [query, expected] of cases) {
        const { data } = await used.store.keys.list({ ...everyKeyOf(project), nowMs: 500, ...query });
        expect({ query, found: data.map(({ name }) => name) }).toEqual({
          query,
          found: expected.map(({ name }) => name),
        });
      }
    });

    test('V09 keys whose range names a resource are found by its id, whole and in its own letters', async () => {
      const { project } = await newTenant(used.store);
      const naming = (...ids: string[]): Partial<Key> => ({
        scope: { mode: 'range', resources: ids.map((id) => ({ type: 'endpoint', id })) },
      });
      await newKey(used.store, project, { name: 'all' });
      await newKey(used.store, project, { name: 'one', ...naming('ep-Aa') });
      await newKey(used.store, project, { name: 'two', ...naming('ep-b', 'ep-Aa') });
      await newKey(used.store, project, { name: 'other case', ...naming('ep-aA') });
      await newKey(used.store, project, { name: 'longer', ...naming('ep-Aa1') });
      const of = async (resourceId: string) =>
        (await used.store.keys.list({ ...everyKeyOf(project), resourceId })).data.map(({ name }) => name).toSorted();
      expect(await of('ep-Aa')).toEqual(['one', 'two']);
      expect(await of('ep-aA')).toEqual(['other case']);
      for (const nobody of ['ep-', 'ep-%', '_p-Aa', 'endpoint', '"', '\\']) expect(await of(nobody)).toEqual([]);
    });

    test('A09 keys that refer to a limit template are found by its id', async () => {
      const { project } = await newTenant(used.store);
      const template = { id: `ltm_${project.id.slice(4)}`, accountId: project.accountId, name: 't', createdAtMs: 1 };
      await used.store.limits.createTemplate(template, []);
      await newKey(used.store, project, { name: 'of it', limitTemplateId: template.id });
      await newKey(used.store, project, { name: 'of none' });
      const of = async (limitTemplateId: string) =>
        (await used.store.keys.list({ ...everyKeyOf(project), limitTemplateId })).data.map(({ name }) => name);
      expect(await of(template.id)).toEqual(['of it']);
      expect(await of('ltm_none')).toEqual([]);
    });

    test('search looks in name, description and masked value, case ignored in every alphabet', async () => {
      const { project } = await newTenant(used.store);
      await newKey(used.store, project, { name: '客服机器人-生产', description: 'Für ÄRZTE' });
      const found = async (search: string) =>
        (await used.store.keys.list({ ...everyKeyOf(project), search })).data.length;
      for (const hit of ['机器人', 'ärzte', 'FÜR', 'kw_ab', 'WXYZ', '', 'A\u0308rzte'])
        expect([hit, await found(hit)]).toEqual([hit, 1]);
      for (const miss of ['机器狗', 'arzte', 'kw-ab']) expect([miss, await found(miss)]).toEqual([miss, 0]);
    });

    test('search follows a changed name', async () => {
      const { project } = await newTenant(used.store);
      const key = await newKey(used.store, project, { name: 'Before' });
      await used.store.keys.update(key.id, { name: 'AFTER', description: 'Added' }, 20_000);
      const found = async (search: string) =>
        (await used.store.keys.list({ ...everyKeyOf(project), search })).data.length;
      expect([await found('before'), await found('after'), await found('added')]).toEqual([0, 1, 1]);
    });

    test('wildcards of the database are letters in a search', async () => {
      const { project } = await newTenant(used.store);
      for (const name of ['100%', '1000', 'a_b', 'axb', 'c\\d', 'c\\\\d', "o'k"])
        await newKey(used.store, project, { name, masked: 'm' });
      const found = async (search: string) =>
        (await used.store.keys.list({ ...everyKeyOf(project), search })).data.map(({ name }) => name).toSorted();
      expect(await found('0%')).toEqual(['100%']);
      expect(await found('%')).toEqual(['100%']);
      expect(await found('a_b')).toEqual(['a_b']);
      expect(await found('_')).toEqual(['a_b']);
      expect(await found('c\\d')).toEqual(['c\\d']);
      expect(await found('\\')).toEqual(['c\\\\d', 'c\\d']);
      expect(await found("'")).toEqual(["o'k"]);
    });

    test('U+0000 in a request is a fault of the request, on every engine', async () => {
      const { project } = await newTenant(used.store);
      const faulty = { code: 'invalid_request' };
      await expect(used.store.keys.list({ ...everyKeyOf(project), search: 'a\0b' })).rejects.toMatchObject(faulty);
      await expect(used.store.keys.get('key_\0')).rejects.toMatchObject(faulty);
      await expect(newKey(used.store, project, { name: 'a\0b' })).rejects.toMatchObject(faulty);
    });

    test('a walk through the pages meets every key once, while keys are added and some have the same time', async () => {
      const { project } = await newTenant(used.store);
      const before: string[] = [];
      for (let index = 0; index < 23; index++) {
        before.push((await newKey(used.store, project, { createdAtMs: 1_000 + Math.floor(index / 4) })).id);
      }
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await used.store.keys.list({
          ...everyKeyOf(project),
          limit: 5,
          ...(cursor !== undefined && { cursor }),
        });
        seen.push(...page.data.map(({ id }) => id));
        await newKey(used.other, project, { createdAtMs: 2_000 });
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen.toSorted()).toEqual(before.toSorted());
    });

    test('the last page says so, also when it is full', async () => {
      const { project } = await newTenant(used.store);
      for (let index = 0; index < 4; index++) await newKey(used.store, project);
      const first = await used.store.keys.list({ ...everyKeyOf(project), limit: 2 });
      expect(first.nextCursor).not.toBeNull();
      const last = await used.store.keys.list({ ...everyKeyOf(project), limit: 2, cursor: first.nextCursor! });
      expect([last.data.length, last.nextCursor]).toEqual([2, null]);
    });

    test.each([
      '',
      'x',
      '%%%',
      'bnVsbA',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from('["1","a"]').toString('base64url'),
      Buffer.from('[1.5,"a"]').toString('base64url'),
      Buffer.from('[1,"a",2]').toString('base64url'),
      Buffer.from('[1,"\\u0000"]').toString('base64url'),
    ])('a malformed cursor (%j) is a fault that points at it', async (cursor) => {
      const { project } = await newTenant(used.store);
      await expect(used.store.keys.list({ ...everyKeyOf(project), cursor })).rejects.toMatchObject({
        code: 'invalid_request',
        details: { errors: [{ pointer: '?cursor' }] },
      });
    });
  });
});

function everyKeyOf(project: { id: string; accountId: string }): KeyQuery {
  return { accountId: project.accountId, projectId: project.id, limit: 100, nowMs: 10_000 };
}
