import type { Snapshot } from '../core/auditDifference.ts';
import { keySeen, shown } from './auditShowing.ts';
import type { View } from './auditView.ts';

/** A key with its values, by what people tell them apart by: how a change of them is looked at for the audit log. */
export async function keySecretsAt({ nouns }: View, id: string): Promise<Snapshot | undefined> {
  const key = await nouns.keys.get(id);
  if (key?.deletedAtMs !== null) return undefined;
  const values = (await nouns.secrets.list(id)).map((one) => ({
    id: one.id,
    masked: one.masked,
    endsAtMs: one.endsAtMs,
  }));
  return keySeen(key, { values: shown(values) });
}
