import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { AuditBy, AuditEvent } from '../../src/core/audit.ts';
import type { Store } from '../../src/core/ports.ts';
import { newId, type StorePlace } from './stores.ts';

/** Someone at work, with an address and a request. */
export function workerAt(operation: string, fields: Partial<AuditBy> = {}): AuditBy {
  return {
    actor: { type: 'root', id: 'root', name: null, isOperator: true },
    address: '203.0.113.7',
    operation,
    requestId: newId('req'),
    clock: () => 1_900_000_000_000,
    ...fields,
  };
}

/** Every event, oldest first. */
export async function allEvents(store: Pick<Store, 'audit'>): Promise<AuditEvent[]> {
  return store.audit.after({ accountId: null, projectId: null }, 0, Number.MAX_SAFE_INTEGER, 1_000_000);
}

/** Runs SQL on the database itself, beside the store. */
export async function sqlOn(place: StorePlace, text: string): Promise<void> {
  if (place.engine === 'postgres') {
    await place.sql(text);
    return;
  }
  const database = new DatabaseSync(join(place.dataDir, 'keyward.db'));
  try {
    database.exec(text);
  } finally {
    database.close();
  }
}

/** Takes away what guards the table: what somebody with the database in hand would do first. */
export async function disarm(place: StorePlace): Promise<void> {
  if (place.engine === 'postgres') {
    await place.sql('drop trigger audit_events_stay on audit_events');
    return;
  }
  for (const name of ['no_update', 'no_delete', 'no_replace']) await sqlOn(place, `drop trigger audit_events_${name}`);
}
