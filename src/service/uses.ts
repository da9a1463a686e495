import type { Clock } from '../core/ambient.ts';
import type { KeyStore, KeyUse } from '../core/keyStore.ts';

/** When and from where each key was last used: noted in memory on the request's way, written by `flush` off it. */
export interface Uses {
  /** `secretId`: by which of its values, where that is known. */
  note(keyId: string, address: string | null, secretId?: string): void;
  /** Writes what has been noted. Called every few seconds and at the stop; on failure the notes are kept for the next time. */
  flush(): Promise<void>;
}

export function createUses(options: { keys: Pick<KeyStore, 'touch'>; clock: Clock }): Uses {
  let noted = new Map<string, KeyUse>();
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    if (noted.size === 0) return;
    const batch = noted;
    noted = new Map();
    try {
      await options.keys.touch([...batch.values()]);
    } catch (error) {
      for (const [name, use] of batch) if (!noted.has(name)) noted.set(name, use);
      throw error;
    }
  }

  return {
    note(keyId, address, secretId) {
      noted.set(secretId ?? keyId, { keyId, secretId, atMs: options.clock(), address });
    },
    flush() {
      // One after the other: the last one, at the stop, returns when an earlier one has ended too.
      writing = writing.catch(() => undefined).then(write);
      return writing;
    },
  };
}
