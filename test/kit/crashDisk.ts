import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small disk that can be filled up. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves `bytes` of room. */
  fill(bytes: number): void;
  /** Makes room again. */
  free(): void;
  remove(): void;
}

/** A file system in memory, for which it takes root on Linux; undefined where there can be none. */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'keyward-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'keyward-test', folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const unmount = (): void => {
    execFileSync('umount', ['-l', folder], { stdio: 'pipe' });
    rmSync(folder, { recursive: true });
  };
  // For a run that is broken off.
  process.once('exit', unmount);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill(bytes) {
      const { bavail, bsize } = statfsSync(folder);
      try {
        writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
      } catch {
        // Somebody else has taken the rest meanwhile: full it is.
      }
    },
    free: () => rmSync(filler, { force: true }),
    remove() {
      process.off('exit', unmount);
      unmount();
    },
  };
}
