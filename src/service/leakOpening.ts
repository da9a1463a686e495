import type { Key } from '../core/key.ts';
import type { LeakReport } from '../core/leak.ts';
import type { Clock, NewId, Store } from '../core/ports.ts';
import type { Keyring } from './keyring.ts';
import { leakNotice, noticeEntry } from './noticeDraft.ts';

/** What is known of a leak when it is reported. */
export interface Leak extends Pick<LeakReport, 'origin' | 'secretId' | 'foundAt' | 'sinceMs' | 'createdBy'> {
  readonly key: Key;
  /** Whether the key is disabled in the same step. */
  readonly disable: boolean;
}

/** Opens a report: it, the end of the key and the notice of both in one transaction. Null: there is one already. */
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
    const isNew = await store
      .together(async (parts) => {
        // In an order in which nobody waits in a circle: what is read of webhooks, then the key as any change of it, and the
        // log, which every change waits for, last.
        const notice = leakNotice(newId('ntc'), key, disable, nowMs);
        const occasion = { mark: `leak ${report.id}`, endsAtMs: nowMs };
        await parts.notices.record(noticeEntry(notice, occasion), () => newId('msg'));
        if (disable && key.status === 'active') await parts.keys.update(key.id, { status: 'disabled' }, nowMs);
        if (!(await parts.leaks.create(report))) throw REPORTED;
        return true;
      })
      .catch((error: unknown) => {
        if (error === REPORTED) return false;
        throw error;
      });
    // Stored first, then evicted: a look-up in between must not bring the old state back.
    keyring.evict(key.id);
    return isNew ? report : null;
  };
}

/** Takes back the end of the key: of a value that was reported before, its owner has decided. */
const REPORTED = new Error('there is a report already');
