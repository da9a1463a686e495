import type { Clock } from '../core/ambient.ts';
import { keyState } from '../core/key.ts';
import type { KeyStore, KeyWithPlace } from '../core/keyStore.ts';
import { withoutKeys, type LeakOrigin } from '../core/leak.ts';
import type { PolicyStore } from '../core/policy.ts';
import { isLiving } from '../core/secret.ts';
import type { OpenLeak } from './leakOpening.ts';
import type { Shapes } from './shapes.ts';

/** A value that somebody says is out in the open. */
export interface FoundValue {
  readonly value: string;
  /** Where, in their words; null: they did not say. */
  readonly foundAt: string | null;
}

/**
 * Takes values that were found where they should not be. For one that opens a key a report is opened, and the key is
 * disabled where its account wants that; nothing happens without the whole value, and nothing twice for the same one.
 */
export interface LeakIntake {
  /** Whether each is, or was, the value of a key. `onKey` is told the id of each key before anything is done about it. */
  take(
    found: readonly FoundValue[],
    origin: Exclude<LeakOrigin, 'person'>,
    onKey?: (keyId: string) => void,
  ): Promise<boolean[]>;
}

const DAY_MS = 86_400_000;
/** Most characters of where a value was found. What is longer is cut off, when no key is left in it. */
const MOST_FOUND_AT = 2000;
/** How far back use is suspect when nobody knows since when: as far as usage is shown by itself. */
export const SUSPECT_MS = 30 * DAY_MS;

export function createLeakIntake(options: {
  keys: Pick<KeyStore, 'findByHashes'>;
  policies: Pick<PolicyStore, 'ofAccount'>;
  shapes: Pick<Shapes, 'mayBeKey'>;
  hashValue: (value: string) => string;
  keyPrefix: string;
  open: OpenLeak;
  clock: Clock;
}): LeakIntake {
  const { keys, policies, shapes, hashValue, keyPrefix, open, clock } = options;

  async function act({ key, secret }: KeyWithPlace, foundAt: string | null, origin: LeakOrigin): Promise<void> {
    const nowMs = clock();
    // What opens nothing any more, and never will again, needs nobody.
    if (key.deletedAtMs !== null || (secret && !isLiving(secret, nowMs))) return;
    const policy = await policies.ofAccount(key.accountId);
    await open({
      key,
      origin,
      secretId: secret?.id ?? null,
      foundAt,
      sinceMs: Math.max(key.createdAtMs, nowMs - SUSPECT_MS),
      createdBy: 'system',
      disable: policy?.onLeakReport !== 'notify' && keyState(key, nowMs) !== 'disabled',
    });
  }

  return {
    async take(found, origin, onKey = () => undefined) {
      const hashes = await Promise.all(
        found.map(async ({ value }) => ((await shapes.mayBeKey(value)) ? hashValue(value) : null)),
      );
      const wanted = [...new Set(hashes.filter((hash) => hash !== null))];
      const known = new Map(
        wanted.length === 0 ? [] : (await keys.findByHashes(wanted)).map(({ hash, found: key }) => [hash, key]),
      );
      const values = [...new Set(found.map(({ value }) => value).filter((_, at) => hashes[at] !== null))];
      for (const [hash, key] of known) {
        onKey(key.key.id);
        const foundAt = found[hashes.indexOf(hash)]?.foundAt ?? null;
        const shown =
          foundAt === null ? null : withoutKeys(oneLine(foundAt), keyPrefix, values).slice(0, MOST_FOUND_AT);
        await act(key, shown, origin);
      }
      return hashes.map((hash) => hash !== null && known.has(hash));
    },
  };
}

/** Nor with what no engine stores. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{C}/gu, ' ').trim();
}
