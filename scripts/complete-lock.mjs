// Completes package-lock.json after `npm install <package>`: `npm run lock:complete`.
//
// Some registries do not serve the packages made for other platforms. npm then leaves them out of the lock file, and
// `npm ci` refuses that lock file, here and on those platforms. Their versions are pinned by the package that wants them
// and their platform is in their name, so the entries can be written without fetching them; only the checksum is left
// out, and npm takes it from the registry of whoever installs them.

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * @typedef {object} Entry
 * @property {string} version
 * @property {string[]} [cpu]
 * @property {boolean} [dev]
 * @property {string[]} [libc]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {object} [engines]
 * @property {Record<string, string>} [optionalDependencies]
 */

const file = resolve(import.meta.dirname, '..', 'package-lock.json');
/** @type {{ packages: Record<string, Entry> }} */
const lock = JSON.parse(readFileSync(file, 'utf8'));
const platformInName =
  /(?<os>aix|android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(?<abi>\w+))?$/;

let added = 0;
for (const [path, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${name}`] ?? lock.packages[`${path}/node_modules/${name}`]) continue;
    lock.packages[`node_modules/${name}`] = entryFor(name, version, parent);
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages added to package-lock.json`);

/**
 * @param {string} name
 * @param {string} version
 * @param {Entry} parent
 * @returns {Entry}
 */
function entryFor(name, version, parent) {
  const { os, cpu, abi = '' } = platformInName.exec(name)?.groups ?? {};
  if (!os || !cpu || !/^\d+\.\d+\.\d+/.test(version)) throw new Error(`Cannot tell what ${name}@${version} is for`);
  const libc =
    os !== 'linux' ? undefined : abi.startsWith('musl') ? 'musl' : abi.startsWith('gnu') ? 'glibc' : undefined;
  return {
    version,
    cpu: [cpu],
    ...(parent.dev && { dev: true }),
    ...(libc && { libc: [libc] }),
    optional: true,
    os: [os],
    ...(parent.engines && { engines: parent.engines }),
  };
}
