import type { SectionProps } from '../key/types.ts';
import { AuditList } from './AuditList.tsx';

/** Everything that was ever done to one key. */
export function KeyTrail({ keyOf: { id, projectId, accountId } }: SectionProps) {
  const place = projectId === null ? { accountId } : { projectId };
  return <AuditList place={place} view={{ objectType: 'key', objectId: id }} isWhole />;
}
