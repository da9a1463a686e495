import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { halvesOf, type Call, type LoadPlan, type LoadResult } from './loadPlan.ts';
import { LOAD_CORE } from './machine.ts';
import { runProgram } from './program.ts';

/** Programs of the machine and not of the project. */
const WRK = 'wrk';
const APT = 'apt-get';

/** Puts load on a server, from the other core. */
export interface Generator {
  readonly name: string;
  run(plan: LoadPlan): Promise<LoadResult>;
}

/**
 * For full load wrk, which costs the load core least, so that it is the server that is measured; for a fixed rate
 * always our own, because wrk knows none. wrk is installed with apt where that is possible.
 */
export function createGenerator(
  wanted: 'best' | 'wrk' | 'own',
  folder: string,
  say: (line: string) => void,
): Generator {
  const useWrk = wanted !== 'own' && haveWrk(say);
  if (wanted === 'wrk' && !useWrk) throw new Error('There is no wrk here, and apt cannot install it.');
  return {
    name: useWrk ? 'wrk' : 'bench/loadClient.ts',
    run: (plan) => (useWrk && plan.ratePerSecond === null ? runWrk(plan, folder) : runOwn(plan)),
  };
}

async function runOwn(plan: LoadPlan): Promise<LoadResult> {
  const client = join(import.meta.dirname, 'loadClient.ts');
  return JSON.parse(await runProgram(process.execPath, [client, JSON.stringify(plan)], LOAD_CORE)) as LoadResult;
}

async function runWrk(plan: LoadPlan, folder: string): Promise<LoadResult> {
  const script = join(folder, 'wrk.lua');
  writeFileSync(script, wrkScript(plan));
  const amount = ['-t1', `-c${plan.connections}`, `-d${plan.seconds}s`, '--timeout', '10s'];
  const output = await runProgram(WRK, [...amount, '-s', script, `http://127.0.0.1:${plan.port}/`], LOAD_CORE);
  const found = /^result (\{.*\})$/m.exec(output)?.[1];
  if (found === undefined) throw new Error(`wrk said nothing of use:\n${output}`);
  return { ...(JSON.parse(found) as Omit<LoadResult, 'lagP99Us'>), lagP99Us: null };
}

/** A single request is built once, by wrk itself; with many keys each is made of two halves and a key, and nothing else. */
function wrkScript({ call }: LoadPlan): string {
  const request = call.keysFile === undefined ? fixedRequest(call) : requestWithKeys(call, call.keysFile);
  return `${request}
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\nresult {"requests":%d,"seconds":%.3f,"errors":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
`;
}

function fixedRequest({ path, headers, body }: Call): string {
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[${lua(name)}] = ${lua(value)}`);
  const content = body === '' ? 'wrk.method = "GET"' : `wrk.method = "POST"; wrk.body = ${lua(body)}`;
  return `wrk.path = ${lua(path)}\n${content}\n${lines.join('\n')}`;
}

function requestWithKeys(call: Call, keysFile: string): string {
  const [before, after] = halvesOf(call);
  return `local before, after, file = ${lua(before)}, ${lua(after)}, io.open(${lua(keysFile)})
local keys = file:read("*a")
local step = (keys:find("\\n") or #keys + 1)
local count = math.floor((#keys + 1) / step)
math.randomseed(os.time())
function request()
  local start = math.random(0, count - 1) * step
  return before .. keys:sub(start + 1, start + step - 1) .. after
end`;
}

/** JSON's strings are Lua's, as long as they hold ASCII. */
function lua(text: string): string {
  return JSON.stringify(text);
}

function haveWrk(say: (line: string) => void): boolean {
  // wrk answers its version with exit code 1; not being there is an error of its own.
  const there = (): boolean => spawnSync(WRK, ['-v']).error === undefined;
  if (there()) return true;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  say('installing wrk with apt-get');
  const apt = (...args: string[]): boolean => spawnSync(APT, [...args, '-q'], { timeout: 120_000 }).status === 0;
  return (apt('install', '-y', 'wrk') || (apt('update') && apt('install', '-y', 'wrk'))) && there();
}
