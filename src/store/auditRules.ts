import type { Snapshot } from '../core/auditDifference.ts';
import type { Endpoint, Model, Provider, Service } from '../core/catalogue.ts';
import type { ClusterUserStore } from '../core/clusterUserStore.ts';
import type { Group } from '../core/group.ts';
import type { InvitationStore, PasswordResetStore } from '../core/invitation.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { LeakStore } from '../core/leak.ts';
import type { LimitStore } from '../core/limitStore.ts';
import type { MemberStore } from '../core/member.ts';
import type { WebhookStore } from '../core/noticeStore.ts';
import type { PeopleStore } from '../core/people.ts';
import type { PolicyStore } from '../core/policy.ts';
import type { AccountStore, CatalogueTable, ProjectStore } from '../core/ports.ts';
import type { QuotaStore } from '../core/quota.ts';
import type { SecretStore } from '../core/secret.ts';
import type { AuthRowStore } from '../core/session.ts';
import { endpointSeen, groupSeen, modelSeen, providerSeen, serviceSeen } from './auditCatalogue.ts';
import {
  accountAt,
  adjustmentAt,
  authRowAt,
  clusterUserAt,
  invitationAt,
  keyAt,
  LEDGER,
  limitAt,
  memberAt,
  projectAt,
  quotaRequestAt,
  seenIf,
  templateAt,
  userAt,
  webhookAt,
} from './auditLooks.ts';
import type { View, Seen } from './auditView.ts';
import { findInCatalogue } from './catalogue.ts';
import { leakAt } from './leakLooks.ts';
import { keySecretsAt } from './secretLooks.ts';

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
  buryEnded: 'silent',
  create: { look: (view, { id }) => keyAt(view, id) },
  update: { look: (view, id) => keyAt(view, id) },
  remove: { look: (view, id) => keyAt(view, id) },
};

const SECRETS: Rules<SecretStore> = {
  list: 'silent',
  rotate: { look: (view, { keyId }) => keySecretsAt(view, keyId) },
  end: { look: keySecretsAt },
  undo: { look: keySecretsAt },
  reveal: { look: keySecretsAt },
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

const CLUSTER_USERS: Rules<ClusterUserStore> = {
  get: 'silent',
  list: 'silent',
  findByLogins: 'silent',
  touch: 'silent',
  create: { look: (view, { id }) => clusterUserAt(view, id) },
  update: { look: clusterUserAt },
  remove: { look: clusterUserAt },
};

const LIMITS: Rules<LimitStore> = {
  reserve: 'silent',
  charge: 'silent',
  reserveEach: 'silent',
  chargeEach: 'silent',
  settleEach: 'silent',
  settle: 'silent',
  release: 'silent',
  probe: 'silent',
  statesOf: 'silent',
  appliedTo: 'silent',
  ofKeys: 'silent',
  get: 'silent',
  list: 'silent',
  getTemplate: 'silent',
  listTemplates: 'silent',
  countTemplateKeys: 'silent',
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
  findByIdentity: 'silent',
  issuersOf: 'silent',
  link: { look: userAt },
  unlink: { look: userAt },
  create: { look: (view, { id }) => userAt(view, id) },
  setStatus: { look: userAt },
  setOperator: { look: userAt },
  setPassword: { look: userAt },
  setProfile: { look: userAt },
  removeSecondFactor: { look: userAt },
};

/** What better-auth changes on somebody's behalf: whether a code is asked for, and passkeys. */
const AUTH_ROWS: Rules<AuthRowStore> = {
  find: 'silent',
  count: 'silent',
  createWhile: 'silent',
  create: { look: (view, table, { id }) => authRowAt(view, table, [{ column: 'id', is: '=', value: id ?? null }]) },
  change: { look: authRowAt },
  remove: { look: authRowAt },
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

const LEAKS: Rules<LeakStore> = {
  get: 'silent',
  hold: 'silent',
  openOf: 'silent',
  list: 'silent',
  create: { look: (view, { id }) => leakAt(view, id) },
  addFind: { look: leakAt },
  update: { look: leakAt },
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
  find: 'silent',
  openFor: 'silent',
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
  clusterUsers: CLUSTER_USERS,
  limits: LIMITS,
  webhooks: WEBHOOKS,
  people: PEOPLE,
  authRows: AUTH_ROWS,
  members: MEMBERS,
  quotas: QUOTAS,
  leaks: LEAKS,
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
  groups: tableRules<Group>(async ({ db }, id) => seenIf(await findInCatalogue(db, 'group', id), groupSeen)),
};
