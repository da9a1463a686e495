import { describe, expect, test } from 'vitest';
import { engines, keyIn, newId, newTenant, secretOf, useStore } from '../kit/stores.ts';

describe.each(engines)('the system on %s', (engine) => {
  const used = useStore(engine);

  test('tells its last step, and counts what there is without what was deleted', async () => {
    const before = await used.store.system.look();
    expect(before.schema).toMatch(/^\d{3}_\w+$/);
    const { project } = await newTenant(used.store);
    const keys = [keyIn(project), keyIn(project)];
    for (const key of keys) await used.store.keys.create(key, secretOf(key));
    await used.store.keys.remove(keys[0]!.id, Date.now());
    const after = await used.store.system.look();
    expect(after.schema).toBe(before.schema);
    expect(after.counts).toEqual({
      accounts: before.counts.accounts + 1,
      projects: before.counts.projects + 1,
      keys: before.counts.keys + 1,
      users: before.counts.users,
    });
  });

  test('lists the nodes that share it, and none where one process has it alone', async () => {
    const id = newId('node');
    await used.store.limits.renewLease(id, 60_000);
    const { nodes } = await used.store.system.look();
    if (engine === 'sqlite') expect(nodes).toEqual([]);
    else expect(nodes.find((node) => node.id === id)?.leaseUntilMs).toBeGreaterThan(Date.now());
  });
});
