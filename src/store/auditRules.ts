import type { Kysely } from 'kysely';
import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Snapshot } from '../core/auditDifference.ts';
import type { Endpoint, Model, Provider, Service } from '../core/catalogue.ts';
import type { LimitStore, StoredLimit } from '../core/limitStore.ts';
import type { Member, MemberStore } from '../core/member.ts';
import type { WebhookStore } from '../core/noticeStore.ts';
import type { InvitationStore, PasswordResetStore } from '../core/invitation.ts';
import type { PeopleStore } from '../core/people.ts';
import type { PolicyStore } from '../core/policy.ts';
import type { AccountStore, CatalogueTable, KeyStore, ProjectStore, Store } from '../core/ports.ts';
import type { SecretStore } from '../core/secret.ts';
import type { QuotaStore } from '../core/quota.ts';
import {
  accountSeen,
  endpointSeen,
  invitationSeen,
  keySeen,
  limitSeen,
  limitsText,
  memberSeen,
  modelSeen,
  projectSeen,
  providerSeen,
  quotaRequestSeen,
  serviceSeen,
  shown,
  templateSeen,
  userSeen,
  webhookSeen,
} from './auditShowing.ts';
import { findInCatalogue } from './catalogue.ts';
import type { Tables } from './schema.ts';
import { keySecretsAt } from './secretLooks.ts';

/** The parts of the store, all on one connection. */
export type Nouns = Omit<Store, 'engine' | 'audit' | 'check' | 'close'>;

/** What a rule sees the store through: the transaction of the change. */
export interface View {
  readonly nouns: Nouns;
  readonly db: Kysely<Tables>;
}

type Seen = Promise<Snapshot | undefined>;

/** `look` is called before and after the change, on the same arguments. */
interface Change<A extends unknown[]> {
  readonly look: (view: View, ...args: A) => Seen;
}

/** What cannot be one transaction: a row says that it begins, another how it ended. Undefined: it changes nothing. */
interface Apart<A extends unknown[]> {
  readonly apart: (...args: A) => Snapshot | undefined;
}

/** `silent`: it reads, or it is no one's decision. A function that is added to a part of the store has to say. */
export type Rule<A extends unknown[]> = 'silent' | Change<A> | Apart<A>;
export type Rules<T> = {
  readonly [K in keyof T]-?: T[K] extends (...args: infer A) => unknown ? Rule<A> : never;
};

const KEYS: Rules<KeyStore> = {
  findByHashes: 'silent',
  findReplay: 'silent',
  get: 'silent',
  list: 'silent',
  touch: 'silent',
  create: { look: (view, { id }) => keyAt(view, id) },
  update: { look: (view, id) => keyAt(view, id) },
  remove: { look: (view, id) => keyAt(view, id) },
};

const SECRETS: Rules<SecretStore> = {
  list: 'silent',
  rotate: { look: (view, { keyId }) => keySecretsAt(view, keyId) },
  end: { look: keySecretsAt },
  undo: { look: keySecretsAt },
};

const ACCOUNTS: Rules<AccountStore> = {
  get: 'silent',
  list: 'silent',
  create: { look: (view, { id }) => accountAt(view, id) },
  update: { look: accountAt },
};

const PROJECTS: Rules<ProjectStore> = {
  get: 'silent',
  list: 'silent',
  create: { look: (view, { id }) => projectAt(view, id) },
  update: { look: projectAt },
};

const POLICIES: Rules<PolicyStore> = {
  ofAccount: 'silent',
  ofProject: 'silent',
  countKeys: 'silent',
  setAccount: { look: accountAt },
  setProject: { look: projectAt },
};

const LIMITS: Rules<LimitStore> = {
  reserve: 'silent',
  charge: 'silent',
  settle: 'silent',
  release: 'silent',
  probe: 'silent',
  statesOf: 'silent',
  appliedTo: 'silent',
  get: 'silent',
  list: 'silent',
  getTemplate: 'silent',
  listTemplates: 'silent',
  renewLease: 'silent',
  abandonLost: 'silent',
  abandoned: 'silent',
  getAbandoned: 'silent',
  adjustments: 'silent',
  create: { look: (view, { id }) => limitAt(view, id) },
  setAmount: { look: limitAt },
  remove: { look: limitAt },
  reset: { look: limitAt },
  resetKey: { look: keyAt },
  createTemplate: { look: (view, { id }) => templateAt(view, id) },
  renameTemplate: { look: templateAt },
  removeTemplate: { look: templateAt },
  adjust: { look: (view, { requestId }) => adjustmentAt(view, requestId) },
  // Goes through all counters, each under its own lock: one transaction would hold up every call for as long.
  verify: { apart: ({ repair }) => (repair ? LEDGER : undefined) },
};

const WEBHOOKS: Rules<WebhookStore> = {
  get: 'silent',
  list: 'silent',
  claim: 'silent',
  settle: 'silent',
  fails: 'silent',
  recovers: 'silent',
  pause: 'silent',
  append: 'silent',
  deliveries: 'silent',
  pruneDeliveries: 'silent',
  create: { look: (view, { id }) => webhookAt(view, id) },
  update: { look: webhookAt },
  remove: { look: webhookAt },
};

const PEOPLE: Rules<PeopleStore> = {
  get: 'silent',
  getMany: 'silent',
  findByEmail: 'silent',
  list: 'silent',
  passwordHash: 'silent',
  create: { look: (view, { id }) => userAt(view, id) },
  setStatus: { look: userAt },
  setOperator: { look: userAt },
  setPassword: { look: userAt },
};

const MEMBERS: Rules<MemberStore> = {
  ofUser: 'silent',
  ofUsers: 'silent',
  get: 'silent',
  list: 'silent',
  former: 'silent',
  put: { look: memberAt },
  remove: { look: memberAt },
};

const QUOTAS: Rules<QuotaStore> = {
  get: 'silent',
  list: 'silent',
  create: { look: (view, { id }) => quotaRequestAt(view, id) },
  decide: { look: quotaRequestAt },
};

const INVITATIONS: Rules<InvitationStore> = {
  get: 'silent',
  list: 'silent',
  findOpen: 'silent',
  create: { look: (view, { id }) => invitationAt(view, id) },
  close: { look: invitationAt },
  reopen: { look: invitationAt },
};

const PASSWORD_RESETS: Rules<PasswordResetStore> = {
  find: 'silent',
  take: 'silent',
  create: { look: (view, { userId }) => userAt(view, userId) },
};

function tableRules<T extends { readonly id: string }>(at: (view: View, id: string) => Seen): Rules<CatalogueTable<T>> {
  return { create: { look: (view, { id }) => at(view, id) }, update: { look: at }, remove: { look: at } };
}

/** Which changes leave a row, by part of the store. */
export const AUDIT_RULES = {
  keys: KEYS,
  secrets: SECRETS,
  accounts: ACCOUNTS,
  projects: PROJECTS,
  policies: POLICIES,
  limits: LIMITS,
  webhooks: WEBHOOKS,
  people: PEOPLE,
  members: MEMBERS,
  quotas: QUOTAS,
  invitations: INVITATIONS,
  passwordResets: PASSWORD_RESETS,
  providers: tableRules<Provider>(async ({ db }, id) =>
    seenIf(await findInCatalogue(db, 'provider', id), providerSeen),
  ),
  models: tableRules<Model>(async ({ db }, id) => seenIf(await findInCatalogue(db, 'model', id), modelSeen)),
  endpoints: tableRules<Endpoint>(async ({ db }, id) =>
    seenIf(await findInCatalogue(db, 'endpoint', id), endpointSeen),
  ),
  services: tableRules<Service>(async ({ db }, id) => seenIf(await findInCatalogue(db, 'service', id), serviceSeen)),
};

/** A key that is not deleted; with its own limits, because they are made with it, and a reset moves where they begin. */
async function keyAt({ nouns }: View, id: string): Seen {
  const key = await nouns.keys.get(id);
  if (key?.deletedAtMs !== null) return undefined;
  return keySeen(key, { limits: shown(limitsText(await nouns.limits.list({ type: 'key', id }))) });
}

async function accountAt({ nouns }: View, id: string): Seen {
  const account = await nouns.accounts.get(id);
  const policy = await nouns.policies.ofAccount(id);
  return account && accountSeen(account, { keyCap: shown(policy?.keyCap), memberKeyCap: shown(policy?.memberKeyCap) });
}

async function projectAt({ nouns }: View, id: string): Seen {
  const project = await nouns.projects.get(id);
  const policy = await nouns.policies.ofProject(id);
  return project && projectSeen(project, { memberAccess: shown(policy?.memberAccess), keyCap: shown(policy?.keyCap) });
}

async function limitAt({ nouns }: View, id: string): Seen {
  const limit = await nouns.limits.get(id);
  return limit && limitSeen(limit, await projectOf(nouns, limit));
}

async function projectOf(nouns: Nouns, { subject }: StoredLimit): Promise<string | null> {
  if (subject.type === 'project') return subject.id;
  return subject.type === 'key' ? ((await nouns.keys.get(subject.id))?.projectId ?? null) : null;
}

async function templateAt({ nouns }: View, id: string): Seen {
  const template = await nouns.limits.getTemplate(id);
  return template && templateSeen(template, await nouns.limits.list({ type: 'template', id }));
}

async function adjustmentAt({ nouns }: View, requestId: string): Seen {
  const call = await nouns.limits.getAbandoned(requestId);
  if (!call) return undefined;
  const { accountId, projectId, chargedTokens, chargedCostNano } = call.row;
  const [decided] = await nouns.limits.adjustments([requestId]);
  const fields = { chargedTokens, chargedCostNano, note: decided?.note };
  return {
    object: { type: 'request', id: requestId, name: null },
    place: { accountId, projectId },
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shown(value)])),
  };
}

async function webhookAt({ nouns }: View, id: string): Seen {
  return seenIf(await nouns.webhooks.get(id), webhookSeen);
}

async function userAt({ nouns }: View, id: string): Seen {
  const user = await nouns.people.get(id);
  return user && userSeen(user, await nouns.people.passwordHash(id));
}

async function invitationAt({ nouns }: View, id: string): Seen {
  return seenIf(await nouns.invitations.get(id), invitationSeen);
}

async function memberAt({ nouns }: View, { accountId, projectId, userId }: Member): Seen {
  const member = await nouns.members.get({ accountId, projectId }, userId);
  return member && memberSeen(member, (await nouns.people.get(userId))?.name ?? null);
}

async function quotaRequestAt({ nouns }: View, id: string): Seen {
  const request = await nouns.quotas.get(id);
  return request && quotaRequestSeen(request, (await nouns.policies.ofAccount(request.accountId))?.keyCap ?? null);
}

function seenIf<T>(thing: T | undefined, seen: (thing: T) => Snapshot): Snapshot | undefined {
  return thing && seen(thing);
}

const LEDGER: Snapshot = {
  object: { type: 'ledger', id: null, name: null },
  place: { accountId: PLATFORM_ACCOUNT_ID, projectId: null },
  fields: {},
};
