import type { Generator } from './load.ts';
import { exampleOf, type Call, type LoadPlan, type LoadResult } from './loadPlan.ts';
import { cpuMs, cpuMsByThread } from './machine.ts';
import type { Row, Target } from './rows.ts';

/** One measurement of one row in one round. */
export interface Sample {
  readonly load: LoadResult;
  readonly perSecond: number;
  /** Processor time of the server for each request, all its threads, in microseconds. */
  readonly cpuUs: number;
  /** The same by thread name, in milliseconds of the whole measurement. */
  readonly threadsMs: Record<string, number>;
}

export interface Round {
  readonly full: Sample;
  /** At the fixed rate; undefined for what cannot keep up with it, or is not called from outside. */
  readonly steady: Sample | undefined;
}

export interface Measured {
  readonly row: Row;
  readonly rounds: readonly Round[];
}

export interface MeasureOptions {
  readonly generator: Generator;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly say: (line: string) => void;
}

/**
 * Measures all rows in turn, round after round and every second round backwards, so that what else the machine does
 * falls on all of them alike; a ratio is taken within a round.
 */
export async function measure(
  targets: readonly { row: Row; target: Target }[],
  options: MeasureOptions,
): Promise<Measured[]> {
  const { say, rounds } = options;
  for (const { row, target } of targets) {
    say(`warming up ${row.id}`);
    await sample(target, options, null, options.warmUpSeconds);
  }
  const taken = targets.map(({ row }) => ({ row, rounds: [] as Round[] }));
  for (let round = 1; round <= rounds; round++) {
    const order = [...targets.keys()];
    if (round % 2 === 0) order.reverse();
    for (const at of order) {
      const one = targets[at];
      if (!one) continue;
      const full = await sample(one.target, options, null, options.seconds);
      // What cannot keep up with the rate has no latency at it, only a queue that grows.
      const asked = one.target.inProcess === undefined && full.perSecond > options.ratePerSecond;
      const steady = asked ? await sample(one.target, options, options.ratePerSecond, options.seconds) : undefined;
      taken[at]?.rounds.push({ full, steady });
      say(`round ${round} of ${rounds}: ${one.row.id} ${Math.round(full.perSecond)}/s${errorsOf(full, steady)}`);
    }
  }
  return taken;
}

/** One measurement under load; at a rate: open-loop, with more connections than it should need. */
export async function sample(
  { server, call, inProcess }: Target,
  { generator, connections }: Pick<MeasureOptions, 'generator' | 'connections'>,
  ratePerSecond: number | null,
  seconds: number,
): Promise<Sample> {
  if (inProcess !== undefined) return sampleInside(server.port, inProcess);
  const plan: LoadPlan = { port: server.port, call, connections, seconds, ratePerSecond };
  const before = cpuMs(server.pid);
  const threadsBefore = cpuMsByThread(server.pid);
  const load = await generator.run(plan);
  const spentMs = cpuMs(server.pid) - before;
  const threads = Object.entries(cpuMsByThread(server.pid)).map(([name, ms]) => [
    name,
    ms - (threadsBefore[name] ?? 0),
  ]);
  const threadsMs = Object.fromEntries(threads) as Record<string, number>;
  return { load, perSecond: load.requests / load.seconds, cpuUs: (spentMs * 1000) / load.requests, threadsMs };
}

/** A row that answers an error would look fast: its call has to work before it is measured. */
export async function tryOnce(port: number, call: Call): Promise<void> {
  const { path, headers, body } = exampleOf(call);
  const init = body === '' ? { headers } : { method: 'POST', headers, body };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
  const text = await answer.text();
  if (!answer.ok || text.includes('"valid":false')) throw new Error(`${path} answered ${answer.status}: ${text}`);
}

async function sampleInside(port: number, path: string): Promise<Sample> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST' });
  const { calls, seconds, cpuMs: spentMs } = (await answer.json()) as { calls: number; seconds: number; cpuMs: number };
  const unknown = { p50Us: Number.NaN, p99Us: Number.NaN, maxUs: Number.NaN, lagP99Us: null };
  const load = { requests: calls, seconds, errors: 0, ...unknown };
  return { load, perSecond: calls / seconds, cpuUs: (spentMs * 1000) / calls, threadsMs: {} };
}

function errorsOf(...samples: (Sample | undefined)[]): string {
  const errors = samples.reduce((sum, one) => sum + (one?.load.errors ?? 0), 0);
  return errors > 0 ? `, ${errors} ERRORS` : '';
}
