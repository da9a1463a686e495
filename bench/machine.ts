import { closeSync, fsyncSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { median } from './statistics.ts';

/** The core the server under test runs on, and the one of load and upstream. Without two cores nothing is pinned. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
export const canPin = process.platform === 'linux' && availableParallelism() >= 2;

/** Linux counts processor time in hundredths of a second (USER_HZ) on every platform Node runs on. */
const MS_PER_TICK = 10;

/** Processor time, user and system, of a process with all its threads and of its children (nginx's workers); NaN where there is no /proc. */
export function cpuMs(pid: number): number {
  return tree(pid).reduce((sum, one) => sum + ownCpuMs(`/proc/${one}/stat`), 0);
}

/** Processor time of each thread by its name, to tell the event loop from what works beside it. */
export function cpuMsByThread(pid: number): Record<string, number> {
  const times: Record<string, number> = {};
  for (const id of list(`/proc/${pid}/task`)) {
    const name = read(`/proc/${pid}/task/${id}/comm`)?.trim() ?? '?';
    const label = id === String(pid) ? 'main' : name;
    times[label] = (times[label] ?? 0) + ownCpuMs(`/proc/${pid}/task/${id}/stat`);
  }
  return times;
}

/** Resident memory in MiB, now and at most so far. */
export function memoryMiB(pid: number): { now: number; peak: number } {
  const status = read(`/proc/${pid}/status`) ?? '';
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** Median time of a 4 KiB write that reaches the disk: the durable ledger waits for one per group of answers. */
export function fsyncMs(folder: string): number {
  const path = join(folder, 'fsync-probe');
  const file = openSync(path, 'w');
  try {
    const times = Array.from({ length: 60 }, (_, at) => {
      const startedAt = performance.now();
      writeSync(file, Buffer.alloc(4096, at), 0, 4096, at * 4096);
      fsyncSync(file);
      return performance.now() - startedAt;
    });
    return median(times);
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

/** The machine in words that do not name it. */
export function describeMachine(folder: string): string {
  const memory = Math.round(totalmem() / 1024 ** 3);
  return (
    `${availableParallelism()} virtual cores, ${memory} GiB of memory, ${process.platform} ${release().split('-')[0]}, ` +
    `Node ${process.versions.node}; a 4 KiB write reaches the disk in ${fsyncMs(folder).toFixed(2)} ms (median)`
  );
}

/** The machine's load just before the run: above 0.3 somebody else was using the cores. */
export function loadAverage(): number {
  return Number(read('/proc/loadavg')?.split(' ')[0] ?? Number.NaN);
}

function tree(pid: number): number[] {
  const children = list(`/proc/${pid}/task`).flatMap((id) =>
    (read(`/proc/${pid}/task/${id}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(tree)];
}

function ownCpuMs(path: string): number {
  // The second field is the name in brackets and may hold spaces: what follows it is counted from the last bracket.
  const fields = read(path)
    ?.replace(/^.*\) /s, '')
    .split(' ');
  return fields ? (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK : Number.NaN;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
