import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Measured } from '../bench/measure.ts';

const ROWS = [
  'mock',
  'bare-proxy',
  'gateway',
  'gateway-limits',
  'gateway-postgres',
  'bare-answer',
  'verify',
  'verify-limits',
  'authz',
];

test('the bench measures every row it is asked for, and no request of it fails', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const json = join(folder, 'figures.json');
    const short = ['--quick', '--seconds', '0.2', '--no-peers', '--no-million', '--generator', 'own'];
    const args = [resolve(import.meta.dirname, '../bench/run.ts'), ...short, '--only', ROWS.join(','), '--json', json];
    await promisify(execFile)(process.execPath, args);
    const { measured } = JSON.parse(await readFile(json, 'utf8')) as { measured: Measured[] };
    expect(measured.map(({ row }) => row.id)).toEqual(expect.arrayContaining(ROWS));
    for (const { row, rounds } of measured) {
      expect([row.id, rounds.length]).toEqual([row.id, 1]);
      for (const { full, steady } of rounds) {
        expect(full.load.requests, row.id).toBeGreaterThan(0);
        expect([row.id, full.load.errors, steady?.load.errors ?? 0]).toEqual([row.id, 0, 0]);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
