// Runs every check and every test, and ends with one line that counts both: `N passed, N failed`.
// `npm test -- src/core/key.test.ts` hands what follows `--` to Vitest and runs nothing else.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const root = resolve(import.meta.dirname, '..');
const onWindows = process.platform === 'win32';
const searchPath = [join(root, 'node_modules', '.bin'), process.env['PATH'], '/usr/local/sbin', '/usr/sbin', '/sbin'];
const env = { ...process.env, PATH: searchPath.join(delimiter) };

/**
 * Programs the tests drive that are not in the npm registry, with the Debian package that holds each. `or`, a program and a
 * package, does as well: the browser with all its windows and menus takes longer over the same tests than the one with none.
 * @type {{ name: string, debianPackage: string, or?: string }[]}
 */
const programs = [
  { name: 'nginx', debianPackage: 'nginx-light' },
  { name: 'curl', debianPackage: 'curl' },
  { name: 'chromium-headless-shell', debianPackage: 'chromium-headless-shell', or: 'chromium' },
];

const checks = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'types of the console', command: ['tsc', '--noEmit', '-p', 'console'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
];

await main();

async function main() {
  const filters = process.argv.slice(2);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const report = [];
  if (filters.length === 0) {
    for (const check of [{ name: 'test programs', run: haveTestPrograms }, ...checks]) {
      const startedAtMs = Date.now();
      console.log(`\n--- ${check.name}`);
      const passed = 'run' in check ? await check.run() : (await run(check.command)) === 0;
      total[passed ? 'passed' : 'failed'] += 1;
      report.push(`${passed ? 'passed' : 'FAILED'}  ${check.name}, ${seconds(startedAtMs)}`);
      console.log(report.at(-1));
    }
  }

  const startedAtMs = Date.now();
  console.log('\n--- tests');
  const tests = await runVitest(filters);
  for (const outcome of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[outcome] += tests[outcome];
  report.push(`${tests.failed === 0 ? 'passed' : 'FAILED'}  tests, ${seconds(startedAtMs)}`);

  console.log(`\n${report.join('\n')}\n`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  process.exitCode = total.failed > 0 || tests.passed === 0 ? 1 : 0;
}

/**
 * Runs Vitest and counts from its JSON report. A file that does not load, an error outside any test, or a run that
 * breaks off counts as one failure each, so that no line with `0 failed` follows a run that went wrong.
 * @param {string[]} filters
 * @returns {Promise<Counts>}
 */
async function runVitest(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await run(['vitest', 'run', ...reporters, ...filters]);
    const counts = existsSync(file) ? countTests(JSON.parse(readFileSync(file, 'utf8'))) : noTests();
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} report
 * @returns {Counts}
 */
function countTests(report) {
  const counts = noTests();
  for (const file of report.testResults) {
    const failedBefore = counts.failed;
    for (const { status } of file.assertionResults) {
      counts[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
    }
    if (file.status === 'failed' && counts.failed === failedBefore) counts.failed += 1;
  }
  return counts;
}

/** @returns {Counts} */
function noTests() {
  return { passed: 0, failed: 0, skipped: 0 };
}

/** Finds the programs the tests drive; on Debian, as root, installs those that are missing. */
async function haveTestPrograms() {
  const missing = programs.filter((program) => !isThere(program));
  if (missing.length > 0 && process.getuid?.() === 0 && isOnPath('apt-get')) {
    // At run level 1 a package's own service is not started: the tests start theirs on a free port.
    const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const install = (/** @type {string} */ debianPackage) =>
      run(['apt-get', 'install', '--yes', '--no-install-recommends', debianPackage], quiet);
    await run(['apt-get', 'update'], quiet);
    for (const program of missing) {
      await install(program.debianPackage);
      if (!isThere(program) && program.or !== undefined) await install(program.or);
    }
  }
  const absent = programs.filter((program) => !isThere(program)).map(({ name }) => name);
  if (absent.length > 0) console.log(`The tests need ${absent.join(', ')} on PATH: please install and run again.`);
  return absent.length === 0;
}

/** @param {{ name: string, or?: string }} program */
function isThere(program) {
  return isOnPath(program.name) || (program.or !== undefined && isOnPath(program.or));
}

/** @param {string} name */
function isOnPath(name) {
  return spawnSync(onWindows ? 'where' : 'which', [name], { env, stdio: 'ignore' }).status === 0;
}

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<number>} the exit code; 127 when the program could not be run
 */
function run(command, environment = env) {
  const [program = '', ...args] = command;
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: environment, shell: onWindows });
    child.on('error', (error) => {
      console.error(`${program} could not be run: ${error.message}`);
      done(127);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

/** @param {number} startedAtMs */
function seconds(startedAtMs) {
  return `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`;
}
