import type { DatabaseSync } from 'node:sqlite';
import type { AppliedLimit, SubjectType } from '../core/limit.ts';
import type { CallOf, StoredLimit, SubjectRef } from '../core/limitStore.ts';
import { applied, LIMIT_COLUMNS, limitFromRow, type LimitRow } from './limitRow.ts';

const MOST_KEPT = 50_000;

/** The limits of keys, projects and accounts, kept in memory until `forget`: every write to limits comes through this thread. */
export class SqliteSubjects {
  readonly #ofCaller = new Map<string, { readonly caller: CallOf; readonly limits: readonly AppliedLimit[] }>();
  readonly #ofPlace = new Map<string, readonly AppliedLimit[]>();
  readonly #onForget: () => void;
  readonly #readLimits;
  readonly #readKey;

  constructor(database: DatabaseSync, onForget: () => void) {
    this.#onForget = onForget;
    this.#readLimits = database.prepare(
      `select ${LIMIT_COLUMNS} from limits where subject_type = ? and subject_id = ? order by created_at_ms, id`,
    );
    this.#readKey = database.prepare('select limit_template_id, limits_since_ms from keys where id = ?');
  }

  limitsOf(caller: CallOf): readonly AppliedLimit[] {
    const kept = this.#ofCaller.get(caller.keyId);
    if (kept && isSame(kept.caller, caller)) return kept.limits;
    if (this.#ofCaller.size >= MOST_KEPT) this.forget();
    const { accountId, projectId, keyId, parentKeyId } = caller;
    const limits = [
      ...this.#ofKey(keyId),
      ...(parentKeyId === undefined ? [] : this.#ofKey(parentKeyId)),
      ...this.#ofSubject('project', projectId),
      ...this.#ofSubject('account', accountId),
    ];
    this.#ofCaller.set(keyId, { caller, limits });
    return limits;
  }

  forget(): void {
    if (this.#ofCaller.size === 0 && this.#ofPlace.size === 0) return;
    this.#ofCaller.clear();
    this.#ofPlace.clear();
    this.#onForget();
  }

  #ofKey(keyId: string): AppliedLimit[] {
    const key = this.#readKey.get(keyId) as { limit_template_id: string | null; limits_since_ms: number } | undefined;
    const template = key?.limit_template_id ?? null;
    const limits = [...this.#stored('key', keyId), ...(template === null ? [] : this.#stored('template', template))];
    return limits.map((limit) => applied(limit, 'key', keyId, key?.limits_since_ms));
  }

  /** One object for all keys of a project or account. */
  #ofSubject(type: SubjectType, id: string): readonly AppliedLimit[] {
    const kept = this.#ofPlace.get(`${type} ${id}`);
    if (kept) return kept;
    const limits = this.#stored(type, id).map((limit) => applied(limit, type, id));
    this.#ofPlace.set(`${type} ${id}`, limits);
    return limits;
  }

  #stored(type: SubjectRef['type'], id: string): StoredLimit[] {
    return (this.#readLimits.all(type, id) as unknown as LimitRow[]).map(limitFromRow);
  }
}

function isSame(one: CallOf, other: CallOf): boolean {
  return (
    one.projectId === other.projectId && one.accountId === other.accountId && one.parentKeyId === other.parentKeyId
  );
}
