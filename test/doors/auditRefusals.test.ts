// X02: what is refused is recorded where those who look after the place read it, and cannot fill the log.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/core/audit.ts';
import { allEvents } from '../kit/audit.ts';
import { startManagement, type TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount, ofProject } from '../kit/memberships.ts';

let app: TestManagement;

beforeAll(async () => {
  app = await startManagement();
});
afterAll(() => app.close());

async function newAccount(name: string): Promise<{ accountId: string; projectId: string }> {
  const accountId = (await app.make('/accounts', { name }))['id'] as string;
  return { accountId, projectId: (await app.make('/projects', { name, accountId }))['id'] as string };
}
const by = async (actorId: string): Promise<AuditEvent[]> =>
  (await allEvents(app.store)).filter(({ actor }) => actor.id === actorId);

test('what a plain member is refused is read in their account, with no name of another’s', async () => {
  const [mine, theirs] = [await newAccount('Mine'), await newAccount('Theirs')];
  const foreign = (await app.make(`/accounts/${theirs.accountId}/keys`, { name: 'secret name' }))['id'] as string;
  const member = await newPerson(app.store, [ofAccount(mine.accountId, 'member')]);
  const owner = await newPerson(app.store, [ofAccount(mine.accountId, 'owner')]);
  const both = await newPerson(app.store, [
    ofAccount(mine.accountId, 'member'),
    ofProject(theirs.accountId, theirs.projectId, 'member'),
  ]);
  const key = (await app.make(`/accounts/${mine.accountId}/keys`, { name: 'ours' }))['id'] as string;
  for (const [user, path] of [
    [member, `/keys/${key}/disable`],
    [member, `/keys/${foreign}/disable`],
    [both, `/keys/${key}/disable`],
    [both, `/accounts/${mine.accountId}/keys`],
  ] as const)
    expect((await app.call('POST', path, { name: 'x' }, { key: user.id })).status).toBeOneOf([400, 403, 404]);
  const { body } = await app.call('GET', '/audit-events?outcome=refused&limit=50', undefined, { key: owner.id });
  const seen = body.data.map(({ actor, object }: AuditEvent) => [actor.id, object.id, object.name]);
  expect(seen.toReversed()).toEqual([
    [member.id, key, 'ours'],
    [member.id, foreign, null],
    [both.id, key, 'ours'],
    [both.id, mine.accountId, 'Mine'],
  ]);
});

test('a removal names the projects and invitations that end with it, and so does a demotion', async () => {
  const { accountId, projectId } = await newAccount('Left');
  const owner = await newPerson(app.store, [ofAccount(accountId, 'owner')]);
  const gone = await newPerson(app.store, [ofAccount(accountId, 'admin'), ofProject(accountId, projectId, 'admin')]);
  const draft = { email: 'secret@example.com', accountId, projectId, role: 'admin', projectRole: 'member' };
  const { invitation } = await app.make('/invitations', draft, { key: gone.id });
  const path = `/accounts/${accountId}/members/${gone.id}`;
  const last = async () => (await allEvents(app.store)).findLast(({ object }) => object.type === 'member');
  const projects = [{ projectId, role: 'admin' }];
  expect((await app.call('PUT', path, { role: 'member' }, { key: owner.id })).status).toBe(200);
  expect(await last()).toMatchObject({
    before: { role: 'admin', openInvitations: [invitation.id] },
    after: { role: 'member', openInvitations: null },
  });
  expect((await app.call('DELETE', path, undefined, { key: owner.id })).status).toBe(200);
  expect(await last()).toMatchObject({ before: { role: 'member', projects }, after: null });
});

test('who was invited is read by those who may read invitations', async () => {
  const { accountId, projectId } = await newAccount('Invited');
  const owner = await newPerson(app.store, [ofAccount(accountId, 'owner')]);
  const projectAdmin = await newPerson(app.store, [ofProject(accountId, projectId, 'admin')]);
  const draft = { email: 'secret@example.com', accountId, projectId, role: 'member', projectRole: 'member' };
  await app.make('/invitations', draft, { key: owner.id });
  const read = (path: string, key: string) =>
    app.call('GET', `/audit-events${path}?objectType=invitation&projectId=${projectId}`, undefined, { key });
  expect((await read('', owner.id)).text).toContain(draft.email);
  const { body, text } = await read('', projectAdmin.id);
  expect([body.data.length, body.data[0].after.role]).toEqual([1, 'member']);
  expect(text).not.toContain(draft.email);
  expect((await read('/export', projectAdmin.id)).text).not.toContain(draft.email);
  const one = await app.call('GET', `/audit-events/${body.data[0].id}`, undefined, { key: projectAdmin.id });
  expect([one.status, one.text.includes(draft.email)]).toEqual([200, false]);
});

test('the same refusal again and again leaves one row a minute, and the next says how many left none', async () => {
  const { accountId } = await newAccount('Flooded');
  const { id } = await newPerson(app.store, [ofAccount(accountId, 'member')]);
  const refuse = () => app.call('POST', `/accounts/${accountId}/keys`, { name: 'x' }, { key: id });
  const answers = await Promise.all(Array.from({ length: 30 }, refuse));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
  expect(await by(id)).toHaveLength(1);
  app.nowMs += 60_000;
  await refuse();
  expect((await by(id)).map(({ after }) => after)).toEqual([null, { unrecorded: 29 }]);
});

test('one caller leaves no more than 120 refusals an hour, whatever they name', async () => {
  const { accountId } = await newAccount('Varied');
  const { id } = await newPerson(app.store, [ofAccount(accountId, 'member')]);
  for (let at = 0; at < 150; at++) {
    const other = `key_${String(at).padStart(22, '0')}`;
    expect((await app.call('POST', `/keys/${other}/disable`, undefined, { key: id })).status).toBe(404);
  }
  expect(await by(id)).toHaveLength(120);
});
