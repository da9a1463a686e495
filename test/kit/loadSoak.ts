import { readdirSync, readFileSync } from 'node:fs';
import { LOAD_MODEL, type LoadKey } from './crashLayout.ts';
import type { CrashProof } from './crashProof.ts';
import type { CrashServer } from './crashServer.ts';
import { startLoad, type Seen } from './load.ts';

/** How the server stands at a moment of a soak. */
export interface Sample {
  readonly atSeconds: number;
  /** Null where the system does not tell (there is no /proc). */
  readonly rssMiB: number | null;
  readonly handles: number | null;
  readonly calls: number;
}

export interface SoakOptions {
  readonly server: CrashServer;
  readonly keys: readonly LoadKey[];
  readonly proof: CrashProof;
  readonly seconds: number;
  readonly workers: number;
  readonly random: () => number;
  readonly onSample?: (sample: Sample) => void;
}

export interface Soaked {
  readonly samples: readonly Sample[];
  /** Counters that were not what the ledger says, in the end and with the limits that were edited all the time. */
  readonly differences: number;
  readonly edits: number;
  readonly seen: readonly Seen[];
}

/**
 * Mixed load for a while: plain and streamed, refused, broken off by upstreams and by clients, while limits are raised,
 * lowered, made, removed and reset and keys are switched off and on. Then everything is proved.
 */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const { server, keys, proof, seconds, workers, random, onSample } = options;
  const samples: Sample[] = [];
  const load = startLoad({
    url: server.url,
    keys: keys.map(({ value }) => value),
    model: LOAD_MODEL,
    workers,
    random,
    mishaps: 0.15,
  });
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  const editor = edit(server, keys, random, endMs);
  const everyMs = Math.max(500, (seconds * 1000) / 60);
  for (let at = 1; performance.now() < endMs; at += 1) {
    await wait(Math.max(1, startedMs + at * everyMs - performance.now()));
    const sample = {
      atSeconds: Math.round((performance.now() - startedMs) / 1000),
      ...standing(server.pid),
      calls: load.seen.length,
    };
    samples.push(sample);
    onSample?.(sample);
  }
  await load.stop();
  const edits = await editor;
  await proof.settled(20_000);
  const { differences } = await server.api<{ differences: number }>('POST', '/ledger/verify', {});
  // What was lowered below what is used has been passed, in a manner of speaking: it is no part of the sums.
  for (const id of edits.limitIds) await server.api('DELETE', `/limits/${id}`);
  await proof.prove(load.seen, () => server.api('POST', '/ledger/verify', {}));
  return { samples, differences, edits: edits.count, seen: load.seen };
}

/**
 * Two keys of the load have no limits of their own nor of a template: theirs are made and changed here. (A reset would make
 * others look as if they had been passed.) Answers the limits that are left.
 */
async function edit(
  server: CrashServer,
  keys: readonly LoadKey[],
  random: () => number,
  endMs: number,
): Promise<{ count: number; limitIds: string[] }> {
  const [switched, ...edited] = keys.slice(-5, -2);
  const limitIds: string[] = [];
  let count = 0;
  const limit = async (keyId: string): Promise<void> => {
    const unit = ['requests', 'tokens'][Math.floor(random() * 2)];
    const window =
      random() < 0.5
        ? { kind: 'rolling', seconds: 1 + Math.floor(random() * 1000) }
        : { kind: 'session', seconds: 1 + Math.floor(random() * 1000) };
    const made = await server
      .api<{ id: string }>('POST', `/keys/${keyId}/limits`, { unit, amount: 10_000, window })
      .catch(() => undefined);
    if (made) limitIds.push(made.id);
  };
  while (performance.now() < endMs) {
    const keyId = edited[count % edited.length]?.id ?? '';
    const id = limitIds[Math.floor(random() * limitIds.length)];
    count += 1;
    const what = random();
    if (id === undefined || (what < 0.3 && limitIds.length < 8)) await limit(keyId);
    else if (what < 0.45) {
      await server.api('DELETE', `/limits/${id}`);
      limitIds.splice(limitIds.indexOf(id), 1);
    } else if (what < 0.6) await server.api('POST', `/keys/${keyId}/reset-usage`, {});
    else await server.api('PATCH', `/limits/${id}`, { amount: Math.floor(random() * 20_000) });
    if (random() < 0.1) {
      await server.api('POST', `/keys/${switched?.id}/disable`);
      await wait(10);
      await server.api('POST', `/keys/${switched?.id}/enable`);
    }
    await wait(50);
  }
  return { count, limitIds };
}

function standing(pid: number): Pick<Sample, 'rssMiB' | 'handles'> {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { rssMiB: Math.round(Number(kilobytes) / 1024), handles: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return { rssMiB: null, handles: null };
  }
}

/** The middle value of a part of the samples, from and to as shares of the whole. */
export function middle(samples: readonly Sample[], of: 'rssMiB' | 'handles', from: number, to: number): number | null {
  const values = samples
    .slice(Math.floor(samples.length * from), Math.ceil(samples.length * to))
    .map((sample) => sample[of])
    .filter((value) => value !== null)
    .toSorted((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? null;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
