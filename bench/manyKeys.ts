import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startKeyward, type Keyward } from './keyward.ts';
import { KEY_PLACE, type Call } from './loadPlan.ts';
import { LOAD_CORE, memoryMiB } from './machine.ts';
import { sample, tryOnce, type MeasureOptions, type Sample } from './measure.ts';
import { runProgram } from './program.ts';

/** What a store of so many keys costs. */
export interface FilledStore {
  readonly keys: number;
  readonly fileMiB: number;
  /** From the start of the process to the first 200 of /readyz. */
  readonly startMs: number;
  readonly memoryAtStartMiB: number;
  readonly memoryPeakMiB: number;
}

/** Verify calls on a store, with keys drawn evenly from all of them or from a busy few. */
export interface KeysCase {
  readonly title: string;
  readonly samples: readonly Sample[];
  readonly steady: readonly Sample[];
}

export interface KeysReport {
  readonly stores: readonly FilledStore[];
  /** The first is what the others are compared with: a store with few keys. */
  readonly cases: readonly KeysCase[];
}

const FEW = 1000;

/** Fills a small store and a large one, starts a server on each, and asks both about keys drawn by chance, in turn. */
export async function measureKeys(options: MeasureOptions & { folder: string; keys: number }): Promise<KeysReport> {
  const { keys, rounds, seconds, ratePerSecond, say } = options;
  const few = await startFilled(join(options.folder, 'few'), FEW, say);
  const many = await startFilled(join(options.folder, 'many'), keys, say);
  const label = keys.toLocaleString('en');
  const targets = [
    {
      title: `${FEW.toLocaleString('en')} keys in the store`,
      server: few.server,
      call: verify(few.server, few.values),
    },
    {
      title: `${label} keys, ${FEW.toLocaleString('en')} of them busy`,
      server: many.server,
      call: verify(many.server, many.busyValues),
    },
    { title: `${label} keys, drawn evenly from all`, server: many.server, call: verify(many.server, many.values) },
  ].map((target) => ({ ...target, samples: [] as Sample[], steady: [] as Sample[] }));
  for (const target of targets) {
    await tryOnce(target.server.port, target.call);
    await sample(target, options, null, options.warmUpSeconds);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const target of round % 2 === 0 ? targets.toReversed() : targets) {
      const taken = await sample(target, options, null, seconds);
      target.samples.push(taken);
      target.steady.push(await sample(target, options, ratePerSecond, seconds));
      say(`round ${round} of ${rounds}: ${target.title} ${Math.round(taken.perSecond)}/s`);
    }
  }
  const stores = [few, many].map(({ server, store }) => ({ ...store, memoryPeakMiB: memoryMiB(server.pid).peak }));
  await Promise.all([few.server.stop(), many.server.stop()]);
  return { stores, cases: targets.map(({ title, samples, steady }) => ({ title, samples, steady })) };
}

async function startFilled(folder: string, keys: number, say: (line: string) => void) {
  mkdirSync(folder);
  const dataDir = join(folder, 'data');
  const values = join(folder, 'values');
  const busyValues = join(folder, 'busy-values');
  await (await startKeyward(dataDir)).stop();
  const filledAt = performance.now();
  await runProgram(
    process.execPath,
    [join(import.meta.dirname, 'fillKeys.ts'), dataDir, String(keys), values],
    LOAD_CORE,
  );
  say(
    `filled a store with ${keys.toLocaleString('en')} keys in ${((performance.now() - filledAt) / 1000).toFixed(1)} s`,
  );
  const all = readFileSync(values, 'latin1').split('\n');
  const step = Math.max(1, Math.floor(all.length / FEW));
  writeFileSync(busyValues, all.filter((_, at) => at % step === 0).join('\n'));

  const startedAt = performance.now();
  const server = await startKeyward(dataDir);
  while (!(await fetch(`http://127.0.0.1:${server.port}/readyz`)).ok)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const startMs = performance.now() - startedAt;
  const fileMiB = statSync(join(dataDir, 'keyward.db')).size / 1024 ** 2;
  const store = { keys, fileMiB, startMs, memoryAtStartMiB: memoryMiB(server.pid).now };
  return { server, store, values, busyValues };
}

/** The model is the one every new store has. */
function verify(server: Keyward, keysFile: string): Call {
  const question = { key: KEY_PLACE, ip: '127.0.0.1', resource: { type: 'model', name: 'demo' } };
  const headers = { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' };
  return { path: '/api/v1/keys/verify', headers, body: JSON.stringify(question), keysFile };
}
