import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conditionsNow } from './conditions.ts';
import { createGenerator } from './load.ts';
import { measureKeys } from './manyKeys.ts';
import { canPin, loadAverage } from './machine.ts';
import { measure, tryOnce } from './measure.ts';
import { readOptions, type Options } from './options.ts';
import { groupsIn } from './groups.ts';
import { writePage } from './page.ts';
import { installPeers } from './peers.ts';
import { stopPrograms } from './program.ts';
import { plain, reportOf } from './report.ts';
import { ROWS, type Row, type Target } from './rows.ts';
import { createStage, type OpenStage } from './stage.ts';

/** Progress goes to standard error, the result to standard output. */
function say(line: string): void {
  console.error(`bench: ${line}`);
}

async function main(options: Options): Promise<void> {
  const rows = chosenRows(options.only);
  // Not in the system's folder for temporary files, which may lie in memory, where an fsync costs nothing.
  const runs = join(import.meta.dirname, '.runs');
  mkdirSync(runs, { recursive: true });
  const folder = mkdtempSync(join(runs, 'run-'));
  const leave = (): void => void stopPrograms().then(() => process.exit(130));
  process.once('SIGINT', leave).once('SIGTERM', leave);
  const ends: (() => Promise<void>)[] = [];
  try {
    if (!canPin) say('this machine cannot pin processes to cores: ratios say less');
    if (loadAverage() > 0.5) say(`the machine is busy (load ${loadAverage()}): figures will be low and uneven`);
    const generator = createGenerator(options.generator, folder, say);
    const conditions = conditionsNow(folder, generator.name, options);
    const stage = await openStage(rows, options, folder);
    ends.push(() => stage.end());
    const { targets, absent } = await startRows(rows, stage, options.peers);
    const measured = await measure(targets, { ...options, generator, say });
    await stopPrograms();
    const groups = targets.find(({ target }) => target.tellsGroups)?.target.server.output();
    const keys = options.million ? await measureKeys({ ...options, generator, folder, say }) : undefined;
    const text = reportOf({ conditions, measured, absent, keys, groups: groupsIn(groups ?? '') });
    console.log(options.markdown ? text : plain(text));
    if (options.json !== undefined)
      writeFileSync(options.json, JSON.stringify({ conditions, measured, keys }, null, 2));
    if (options.write) writePage(text);
    if (text.includes('ERRORS')) process.exitCode = 1;
  } finally {
    await stopPrograms();
    for (const end of ends) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The rows asked for, and the floors they are divided by. */
function chosenRows(only: readonly string[]): Row[] {
  const unknown = only.filter((id) => id !== 'keys' && !ROWS.some((row) => row.id === id));
  if (unknown.length > 0) {
    console.error(`There is no row ${unknown.join(', ')}. Rows: ${ROWS.map(({ id }) => id).join(', ')}, keys.`);
    process.exit(2);
  }
  if (only.length === 0) return [...ROWS];
  const wanted = new Set(only);
  for (const row of ROWS.toReversed()) if (wanted.has(row.id) && row.floor !== undefined) wanted.add(row.floor);
  return ROWS.filter(({ id }) => wanted.has(id));
}

async function openStage(rows: readonly Row[], options: Options, folder: string): Promise<OpenStage> {
  const needPeers = options.peers && rows.some(({ id }) => id === 'portkey' || id.startsWith('better-auth'));
  return createStage(folder, needPeers && (await installPeers(say)));
}

async function startRows(rows: readonly Row[], stage: OpenStage, wantPeers: boolean) {
  const targets: { row: Row; target: Target }[] = [];
  const absent: { row: Row; why: string }[] = [];
  for (const row of rows) {
    try {
      const target = await row.start(stage);
      if (target) await tryOnce(target.server.port, target.call);
      if (target) targets.push({ row, target });
      else absent.push({ row, why: row.id === 'nginx' || wantPeers ? 'not installed' : 'left out (--no-peers)' });
    } catch (error) {
      // One row that does not work must not cost the figures of the others; the run fails all the same.
      console.error(error);
      absent.push({ row, why: 'DID NOT WORK' });
      process.exitCode = 1;
    }
  }
  return { targets, absent };
}

await main(readOptions(process.argv.slice(2)));
