import type { Clock, NewId } from '../core/ambient.ts';
import type { Key } from '../core/key.ts';
import type { LeakReport } from '../core/leak.ts';
import type { Store, StoreParts } from '../core/ports.ts';
import type { Keyring } from './keyring.ts';
import { leakNotice, noticeEntry } from './noticeDraft.ts';

/** What is known of a leak when it is reported. */
export interface Leak extends Pick<LeakReport, 'origin' | 'secretId' | 'foundAt' | 'sinceMs' | 'createdBy'> {
  readonly key: Key;
  /** Whether the key is disabled in the same step. */
  readonly disable: boolean;
}

/**
 * Opens a report: it, the end of the key and the notice of both in one transaction. Where its key has an open one, a value
 * that is new is noted in that, and the rest is the same. Null: nothing was opened.
 */
export type OpenLeak = (leak: Leak) => Promise<LeakReport | null>;

export function createLeakOpening(options: {
  store: Pick<Store, 'together'>;
  keyring: Pick<Keyring, 'evict'>;
  clock: Clock;
  newId: NewId;
}): OpenLeak {
  const { store, keyring, clock, newId } = options;
  return async ({ key, disable, ...leak }) => {
    const nowMs = clock();
    const report: LeakReport = {
      ...leak,
      id: newId('leak'),
      accountId: key.accountId,
      projectId: key.projectId,
      keyId: key.id,
      finds: [],
      status: 'open',
      use: { state: 'open', note: '' },
      replacement: { state: 'open', keyId: null },
      places: {
        logs: { state: 'open', note: '' },
        frontEnd: { state: 'open', note: '' },
        repository: { state: 'open', note: '' },
        screenshot: { state: 'open', note: '' },
      },
      reason: null,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      closedBy: null,
      closedAtMs: null,
    };
    const done = await store
      .together(async (parts) => {
        // In an order in which nobody waits in a circle: what is read of webhooks, then the key as any change of it, and the
        // log, which every change waits for, last.
        const notice = leakNotice(newId('ntc'), key, disable, nowMs);
        const occasion = { mark: `leak ${report.id}`, endsAtMs: nowMs };
        await parts.notices.record(noticeEntry(notice, occasion), () => newId('msg'));
        if (disable && key.status === 'active') await parts.keys.update(key.id, { status: 'disabled' }, nowMs);
        if (await parts.leaks.create(report)) return 'opened';
        if (await isNoted(parts, report)) return 'noted';
        throw REPORTED;
      })
      .catch((error: unknown) => {
        if (error === REPORTED) return 'known';
        throw error;
      });
    // Stored first, then evicted: a look-up in between must not bring the old state back.
    keyring.evict(key.id);
    return done === 'opened' ? report : null;
  };
}

/** Another value of a key whose report is open. The key is held since the report could not be opened: that one stays so. */
async function isNoted(
  { leaks }: StoreParts,
  { keyId, secretId, origin, foundAt, createdAtMs }: LeakReport,
): Promise<boolean> {
  const open = secretId === null ? undefined : await leaks.openOf(keyId);
  return (
    open !== undefined && secretId !== null && leaks.addFind(open.id, { secretId, origin, foundAt, atMs: createdAtMs })
  );
}

/** Takes back the end of the key: of a value that was reported before, its owner has decided. */
const REPORTED = new Error('there is a report already');
