import { expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { createPulse } from './pulse.ts';
import { createStopwatch } from './stopwatch.ts';
import { createSystemReader } from './system.ts';

const clock = () => 1000;
const stopwatch = createStopwatch(clock, clock);
const unavailable = () => Promise.reject(new Fault('store_unavailable', 'The store cannot be reached.'));

function read(over: { check?: () => Promise<void>; term?: number | null; reading?: Promise<void> } = {}) {
  const look = async () => ({ schema: '001_a', nodes: [], counts: { accounts: 0, projects: 0, keys: 0, users: 0 } });
  return createSystemReader({
    store: { engine: 'sqlite', system: { look }, check: over.check ?? (async () => undefined) },
    directory: { ageMs: () => null, current: () => over.reading },
    facts: {
      version: '1.0.0',
      runtime: 'Node 26',
      startedAtMs: 0,
      nodeId: 'node_1',
      lease: { term: () => (over.term === undefined ? 1 : over.term) },
      sweeps: createPulse(clock, stopwatch),
      sweepMs: 250,
      keyAgeMs: 0,
      stopwatch,
      settings: [],
    },
    clock,
  })();
}

test('a node is ready when its store can be written, its lease is held and its catalogue is young', async () => {
  expect(await read()).toMatchObject({ reasons: [], checkMs: 0, holdsLease: true });
});

test('what keeps a node from being ready is said, each in words', async () => {
  const { reasons, checkMs } = await read({ check: unavailable, term: null, reading: Promise.resolve() });
  expect(checkMs).toBeNull();
  expect(reasons).toEqual([
    expect.stringContaining('not written'),
    expect.stringContaining('lost its lease'),
    expect.stringContaining('catalogue'),
  ]);
});
