import { fieldsOf, type Showing } from '../core/auditDifference.ts';
import type { LeakReport } from '../core/leak.ts';
import type { Seen, View } from './auditView.ts';

/** What people write in notes is shown; a key of ours in it was taken out before it came here. */
const LEAK: Showing<LeakReport> = {
  id: 'hidden',
  accountId: 'hidden',
  projectId: 'hidden',
  createdAtMs: 'hidden',
  keyId: 'shown',
  secretId: 'shown',
  finds: 'shown',
  origin: 'shown',
  foundAt: 'shown',
  status: 'shown',
  sinceMs: 'shown',
  use: 'shown',
  replacement: 'shown',
  places: 'shown',
  reason: 'shown',
  createdBy: 'hidden',
  updatedAtMs: 'hidden',
  closedBy: 'hidden',
  closedAtMs: 'hidden',
};

/** A leak report, by the name of its key, as the audit log sees it. */
export async function leakAt({ nouns }: View, id: string): Seen {
  const report = await nouns.leaks.get(id);
  if (!report) return undefined;
  const { accountId, projectId, keyId } = report;
  const name = (await nouns.keys.get(keyId))?.name ?? null;
  return { object: { type: 'leakReport', id, name }, place: { accountId, projectId }, fields: fieldsOf(report, LEAK) };
}
