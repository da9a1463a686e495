// The short form of bench/soak.ts: mixed load with edits, aborts and refusals leaves memory and handles as they were, and
// not one counter different.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { layOut } from '../kit/crashLayout.ts';
import { CrashProof, readSqlite } from '../kit/crashProof.ts';
import { startServer } from '../kit/crashServer.ts';
import { newSeed, randomFrom } from '../kit/load.ts';
import { middle, soak } from '../kit/loadSoak.ts';
import { startLoadUpstream } from '../kit/loadUpstream.ts';

test('fifteen seconds of mixed load leave no difference and no leak', { timeout: 120_000 }, async () => {
  const seed = newSeed();
  const dataDir = mkdtempSync(join(tmpdir(), 'keyward-soak-'));
  const upstream = await startLoadUpstream();
  const server = await startServer({ env: { KEYWARD_DATA_DIR: dataDir } });
  try {
    const { keys } = await layOut(server, upstream.url);
    const proof = new CrashProof(readSqlite(dataDir), keys);
    const { samples, differences, edits, seen } = await soak({
      server,
      keys,
      proof,
      seconds: 15,
      workers: 6,
      random: randomFrom(seed),
    });
    const last = samples.at(-1);
    process.stdout.write(
      `Soak, SEED=${seed}: ${edits} edits, ${JSON.stringify(proof.tally)}, ${JSON.stringify(last)}\n`,
    );
    expect(differences).toBe(0);
    expect(edits).toBeGreaterThan(20);
    expect(seen.some(({ outcome }) => outcome === 'left')).toBe(true);
    expect(proof.tally.abandoned).toBe(0);
    const [memory, handles] = (['rssMiB', 'handles'] as const).map((of) => [
      middle(samples, of, 0.4, 0.6),
      middle(samples, of, 0.8, 1),
    ]);
    // A heap that has just started still grows: this finds what runs away, and bench/soak.ts what creeps.
    expect(memory?.[1] ?? 0).toBeLessThanOrEqual((memory?.[0] ?? 0) * 1.3 + 40);
    expect(handles?.[1] ?? 0).toBeLessThanOrEqual((handles?.[0] ?? 0) + 20);
    expect((await server.stop()).code).toBe(0);
  } finally {
    await server.kill();
    await upstream.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
