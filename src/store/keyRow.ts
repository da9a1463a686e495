import type { Key, KeyChange } from '../core/key.ts';
import { codec, flag, json, plain } from './columns.ts';
import type { Value } from './schema.ts';

/** A key as a row, but for the columns it is searched by. */
export const KEY = codec<Key>({
  id: plain('id'),
  accountId: plain('account_id'),
  projectId: plain('project_id'),
  class: plain('class'),
  parentKeyId: plain('parent_key_id'),
  parentSecretId: plain('parent_secret_id'),
  name: plain('name'),
  description: plain('description'),
  environment: plain('environment'),
  masked: plain('masked'),
  status: plain('status'),
  scope: json('scope'),
  ipAllow: json('ip_allow'),
  ipDeny: json('ip_deny'),
  expiresAtMs: plain('expires_at_ms'),
  createdBy: plain('created_by'),
  createdAtMs: plain('created_at_ms'),
  updatedAtMs: plain('updated_at_ms'),
  lastUsedAtMs: plain('last_used_at_ms'),
  lastUsedAddress: plain('last_used_address'),
  deletedAtMs: plain('deleted_at_ms'),
  limitTemplateId: plain('limit_template_id'),
  isDefault: flag('is_default'),
  rotateEveryDays: plain('rotate_every_days'),
  groupId: plain('group_id'),
  region: plain('region'),
});

/** The columns a key is searched by, of those that change. */
export function searchColumns(change: KeyChange): Record<string, Value> {
  return {
    ...(change.name !== undefined && { name_search: searchable(change.name) }),
    ...(change.description !== undefined && { description_search: searchable(change.description) }),
  };
}

/** One form of each letter, of every alphabet: the databases' own `lower` knows ASCII at most. */
export function searchable(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
