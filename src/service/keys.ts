import type { Clock } from '../core/ambient.ts';
import { reaches, type Caller, type Place } from '../core/caller.ts';
import { Fault, invalidField, notFound, type FieldError } from '../core/fault.ts';
import type { Key, KeyChange } from '../core/key.ts';
import type { KeyQuery, KeyStore } from '../core/keyStore.ts';
import type { LimitStore } from '../core/limitStore.ts';
import type { Page } from '../core/page.ts';
import type { PolicyStore } from '../core/policy.ts';
import type { AccountStore, LedgerStore } from '../core/ports.ts';
import type { SecretStore } from '../core/secret.ts';
import type { Confirmations } from './confirmation.ts';
import { createDelegation } from './delegation.ts';
import type { Directory } from './directory.ts';
import { chosenGroup } from './grouping.ts';
import type { Keyring } from './keyring.ts';
import { createRuleCheck } from './keyRules.ts';
import { resolveScope } from './scopes.ts';
import { refuseEnded, temporaryErrors } from './temporaryBounds.ts';

/** What a list of keys can be narrowed by. */
export type KeyFilter = Omit<KeyQuery, 'accountId' | 'projectId' | 'nowMs'>;

/** What someone about to delete a key should look at, and the token that says they did. */
export interface DeletionCheck {
  readonly key: Key;
  readonly requestsLast24h: number;
  readonly token: string;
  readonly expiresAtMs: number;
}

/** Looking after keys that exist; `creation.ts` makes them. Throws `not_found` for every key the caller may not know. */
export interface Keys {
  get(caller: Caller, id: string): Promise<Key>;
  list(place: Place, filter: KeyFilter): Promise<Page<Key>>;
  /** What `change` would start from and write: throws as it would, and writes nothing. */
  judge(caller: Caller, id: string, change: KeyChange): Promise<{ readonly key: Key; readonly change: KeyChange }>;
  /** Writes only what is given; a new scope replaces the earlier one whole (T29). */
  change(caller: Caller, id: string, change: KeyChange): Promise<Key>;
  checkDeletion(caller: Caller, id: string): Promise<DeletionCheck>;
  /** `confirm` is the token of `checkDeletion`, or from a key the name; with any other nothing changes. */
  remove(caller: Caller, id: string, confirm: string): Promise<void>;
}

const DAY_MS = 86_400_000;

export function createKeys(options: {
  keys: KeyStore;
  accounts: Pick<AccountStore, 'get'>;
  ledger: Pick<LedgerStore, 'usage'>;
  limits: Pick<LimitStore, 'getTemplate'>;
  policies: Pick<PolicyStore, 'ofAccount' | 'ofProject'>;
  secrets: Pick<SecretStore, 'list'>;
  keyring: Pick<Keyring, 'evict'>;
  directory: Directory;
  confirmations: Confirmations;
  clock: Clock;
}): Keys {
  const { keys, accounts, ledger, limits, keyring, directory, confirmations, clock } = options;
  const delegation = createDelegation({ keys });
  const rules = createRuleCheck(options);

  async function get(caller: Caller, id: string): Promise<Key> {
    const key = await keys.get(id);
    if (!key || key.deletedAtMs !== null || !reaches(caller, key)) throw notFound('key', id);
    return key;
  }

  /** Stores first, then evicts: a look-up in between must not bring the old state back. */
  async function write(id: string, change: KeyChange): Promise<Key> {
    const changed = await keys.update(id, change, clock());
    if (!changed) throw notFound('key', id);
    keyring.evict(id);
    return changed;
  }

  async function nameErrors(key: Key, name: string | undefined): Promise<FieldError[]> {
    if (name === undefined) return [];
    const account = await accounts.get(key.accountId);
    if (account?.nameEditable) return [];
    const detail =
      'The name of a key never changes, so that old logs keep their meaning. Change its description, or let the account allow new names (`nameEditable`).';
    return [{ pointer: '/name', detail }];
  }

  async function judge(caller: Caller, id: string, { scope, ...change }: KeyChange) {
    const key = await get(caller, id);
    const errors = await nameErrors(key, change.name);
    const resolved = scope && scopeOf(directory, key, scope);
    if (resolved?.ok === false) errors.push(...resolved.errors);
    errors.push(...(await templateErrors(limits, key, change.limitTemplateId ?? null)));
    const whole: KeyChange = resolved?.ok ? { ...change, scope: resolved.scope } : change;
    errors.push(...(await temporaryErrors(options, key, whole)));
    if (whole.status === 'active') await refuseEnded(options, key, clock());
    errors.push(...(await rules.changing(key, whole)));
    if (errors.length > 0) throw faulty(errors);
    await delegation.changing(caller, key, whole);
    const { groupId } = change;
    if (groupId === undefined) return { key, change: whole };
    return { key, change: { ...whole, groupId: chosenGroup(directory, key, groupId) } };
  }

  return {
    get,
    list: (place, filter) => keys.list({ ...filter, ...place, nowMs: clock() }),
    judge,
    async change(caller, id, asked) {
      const { key, change } = await judge(caller, id, asked);
      return Object.keys(change).length === 0 ? key : write(id, change);
    },
    async checkDeletion(caller, id) {
      const key = await get(caller, id);
      const { accountId, projectId } = key;
      const nowMs = clock();
      const span = { accountId, projectId, fromMs: nowMs - DAY_MS, toMs: nowMs + 1, groupBy: [] };
      // Its temporary keys end with it.
      const rows = await Promise.all([
        ledger.usage({ ...span, keyId: id }),
        ledger.usage({ ...span, parentKeyId: id }),
      ]);
      const requestsLast24h = rows.flat().reduce((sum, row) => sum + row.requests, 0);
      return { key, requestsLast24h, ...confirmations.issue(key) };
    },
    async remove(caller, id, confirm) {
      const key = await get(caller, id);
      // A program that knows the name means this key; people are shown more before they decide.
      const isNamed = caller.kind !== 'person' && confirm === key.name;
      if (!isNamed && !confirmations.isGood(confirm, key)) {
        throw invalidField(
          '?confirm',
          'This confirmation is not good for this key as it is now. Send DELETE without it to get a new one.',
        );
      }
      if (!(await keys.remove(id, clock()))) throw notFound('key', id);
      keyring.evict(id);
    },
  };
}

/** The stored form of the scope asked for a key. Management keys have none: what they open is not a resource. */
export function scopeOf(
  directory: Directory,
  key: Pick<Key, 'class' | 'projectId'>,
  asked: Key['scope'],
): ReturnType<typeof resolveScope> {
  if (key.class !== 'management' && key.projectId !== null) return resolveScope(directory, key.projectId, asked);
  const detail = 'A management key opens the management API and no resource, so it has no scope. Leave it out.';
  return { ok: false, errors: [{ pointer: '/scope', detail }] };
}

/** What is wrong with referring a key to a template of limits; null: none. What another account has, nobody has. */
export async function templateErrors(
  limits: Pick<LimitStore, 'getTemplate'>,
  key: Pick<Key, 'class' | 'accountId'>,
  templateId: string | null,
): Promise<FieldError[]> {
  if (templateId === null) return [];
  const pointer = '/limitTemplateId';
  if (key.class === 'management')
    return [{ pointer, detail: 'A management key makes no calls that are counted. Leave it out.' }];
  if ((await limits.getTemplate(templateId))?.accountId === key.accountId) return [];
  return [{ pointer, detail: `There is no limit template ${templateId.slice(0, 80)} in this account. Check the id.` }];
}

/** One fault for all faulty fields. */
export function faulty(errors: readonly FieldError[]): Fault {
  const [first] = errors;
  const message =
    errors.length === 1 && first ? first.detail : `${errors.length} fields are faulty; \`errors\` names each.`;
  return new Fault('invalid_request', message, { errors });
}
