import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { failed, ok, warning, type Finding } from './finding.ts';

/** The Node release Keyward is made for (package.json pins it). */
const NODE_MAJOR = 26;
const LEAST_FREE_BYTES = 100 * 1024 ** 2;
const ENOUGH_FREE_BYTES = 1024 ** 3;
/** Long past by the time anybody runs this. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);

export function checkNode(version: string): Finding {
  if (Number(version.split('.')[0]) >= NODE_MAJOR) return ok('node', `Node ${version}`);
  return failed(
    'node',
    `Node ${version} is older than ${NODE_MAJOR}.`,
    'Start it with `npx keyward` or `npm run keyward --`, which bring their own Node.',
  );
}

/** Who may read the data folder and what is in it, and how much room is left. */
export function checkDataFolder(dataDir: string): Finding[] {
  const check = 'data folder';
  const folder = resolve(dataDir);
  if (!existsSync(folder)) {
    const parent = nearestExisting(folder);
    return isWritable(parent)
      ? [ok(check, `${folder} does not exist yet; the first start makes it.`), checkDisk(parent)]
      : [
          failed(
            check,
            `${folder} does not exist, and this user may not make it in ${parent}.`,
            'Set KEYWARD_DATA_DIR to a folder this user can write to.',
          ),
        ];
  }
  if (!statSync(folder).isDirectory())
    return [failed(check, `${folder} is not a folder.`, 'Set KEYWARD_DATA_DIR to a folder.')];
  if (!isWritable(folder)) {
    return [
      failed(
        check,
        `This user may not write to ${folder}.`,
        'Give the folder to the user that runs Keyward, or set KEYWARD_DATA_DIR.',
      ),
    ];
  }
  return [checkAccess(check, folder), checkDisk(folder)];
}

export function checkClock(nowMs: number): Finding {
  const now = new Date(nowMs).toISOString();
  if (nowMs >= EARLIEST_MS) return ok('clock', now);
  return failed(
    'clock',
    `It is not ${now}: keys would expire too late.`,
    'Set the machine’s clock, and let NTP keep it.',
  );
}

/** Others on the machine must read neither the store nor the secret that makes its hashes useful. Windows has no such bits. */
function checkAccess(check: string, folder: string): Finding {
  const paths = [folder, join(folder, 'secret'), join(folder, 'keyward.db')].filter((path) => existsSync(path));
  const open = process.platform === 'win32' ? [] : paths.filter((path) => (statSync(path).mode & 0o077) !== 0);
  if (open.length === 0) return ok(check, `${folder}, for its owner only`);
  const fix = open.map((path) => `chmod ${statSync(path).isDirectory() ? '700' : '600'} ${path}`).join(' && ');
  return warning(check, `Other users of this machine may reach ${open.join(', ')}.`, fix);
}

function checkDisk(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${sizeText(free)} free`;
  if (free < LEAST_FREE_BYTES)
    return failed('disk', `Only ${detail}: a full disk stops every call.`, 'Make room, or move KEYWARD_DATA_DIR.');
  if (free < ENOUGH_FREE_BYTES)
    return warning('disk', `Only ${detail}.`, 'Make room before the disk is full: then every call is refused.');
  return ok('disk', detail);
}

function sizeText(bytes: number): string {
  return bytes >= 1024 ** 3 ? `${(bytes / 1024 ** 3).toFixed(1)} GiB` : `${Math.floor(bytes / 1024 ** 2)} MiB`;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}
