// Where Keyward spends its time: starts one under V8's profiler, puts full load on one of its doors, and prints the
// functions that cost most themselves, thread by thread. Usage: `node bench/profile.ts [row] [seconds]`, where row is
// gateway, gateway-stream, verify, verify-dry or authz.

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGenerator } from './load.ts';
import { sample } from './measure.ts';
import { stopPrograms } from './program.ts';
import { ROWS } from './rows.ts';
import { createStage } from './stage.ts';

/** The parts of V8's profile that are read here. Samples name a node; deltas are microseconds before each sample. */
interface Profile {
  readonly nodes: readonly { id: number; callFrame: Frame }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

const SHOWN = 40;
/** V8 goes on compiling for tens of thousands of requests. */
const WARM_UP_SECONDS = 10;
const root = join(import.meta.dirname, '..');

async function main(rowId: string, seconds: number): Promise<void> {
  const row = ROWS.find(({ id }) => id === rowId);
  if (!row) throw new Error(`There is no row ${rowId}.`);
  mkdirSync(join(import.meta.dirname, '.runs'), { recursive: true });
  const folder = mkdtempSync(join(import.meta.dirname, '.runs', 'profile-'));
  const profiles = join(folder, 'profiles');
  const say = (line: string): void => console.error(line);
  try {
    const stage = createStage(folder, false, ['--cpu-prof', '--cpu-prof-interval=250', `--cpu-prof-dir=${profiles}`]);
    const target = await row.start(stage);
    if (!target) throw new Error(`The row ${rowId} cannot be started here.`);
    const options = { generator: createGenerator('best', folder, say), connections: 64 };
    await sample(target, options, null, WARM_UP_SECONDS);
    // V8's samples carry the same clock, so that start and warm-up can be left out.
    const fromUs = Number(process.hrtime.bigint() / 1000n);
    const { perSecond, cpuUs, threadsMs } = await sample(target, options, null, seconds);
    const toUs = Number(process.hrtime.bigint() / 1000n);
    console.log(`${rowId}: ${Math.round(perSecond)}/s under the profiler, ${cpuUs.toFixed(0)} µs of processor each`);
    console.log(
      Object.entries(threadsMs)
        .map(([name, ms]) => `${name} ${ms} ms`)
        .join(', '),
    );
    await stopPrograms();
    for (const file of readdirSync(profiles))
      print(file, JSON.parse(readFileSync(join(profiles, file), 'utf8')) as Profile, fromUs, toUs);
  } finally {
    await stopPrograms();
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(file: string, profile: Profile, fromUs: number, toUs: number): void {
  const { nodes, samples, timeDeltas } = profile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map<string, number>();
  const byOwner = new Map<string, number>();
  let busyUs = 0;
  let atUs = profile.startTime;
  for (const [at, id] of samples.entries()) {
    const us = timeDeltas[at] ?? 0;
    atUs += us;
    const frame = frames.get(id);
    if (!frame || frame.functionName === '(idle)' || atUs < fromUs || atUs > toUs) continue;
    busyUs += us;
    add(byFunction, nameOf(frame), us);
    add(byOwner, ownerOf(frame), us);
  }
  console.log(`\n${file}: ${(busyUs / 1000).toFixed(0)} ms busy`);
  list('by owner', byOwner, busyUs);
  list('by function', byFunction, busyUs);
}

function add(sums: Map<string, number>, name: string, us: number): void {
  sums.set(name, (sums.get(name) ?? 0) + us);
}

function list(title: string, sums: Map<string, number>, allUs: number): void {
  console.log(`\n  ${title}`);
  const top = [...sums].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN);
  for (const [name, us] of top) console.log(`${((us / allUs) * 100).toFixed(1).padStart(7)} %  ${name}`);
}

/** Whose code it is: a file of ours, a package, a module of Node, or the engine itself. */
function ownerOf({ functionName, url }: Frame): string {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (inPackage !== undefined) return inPackage;
  if (url.startsWith('file:')) return relative(root, fileURLToPath(url));
  return url === '' ? `native ${functionName}` : url.replace(/^(wasm:\/\/wasm).*/, '$1');
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const place = url.startsWith('file:') ? relative(root, fileURLToPath(url)) : url;
  return `${functionName || '(anonymous)'}${place === '' ? '' : `  ${place}:${lineNumber + 1}`}`;
}

const [rowId = 'gateway', seconds = '5'] = process.argv.slice(2);
await main(rowId, Number(seconds));
