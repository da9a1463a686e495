import type { Account, Project } from './account.ts';
import type { ActivityStore } from './activity.ts';
import type { AuditStore } from './auditStore.ts';
import type { Catalogue, Endpoint, Model, Provider, Service } from './catalogue.ts';
import type { ClusterUserStore } from './clusterUserStore.ts';
import type { Group } from './group.ts';
import type { HygieneStore } from './hygiene.ts';
import type { InvitationStore, PasswordResetStore } from './invitation.ts';
import type { KeptKeys } from './keptKeys.ts';
import type { KeyStore } from './keyStore.ts';
import type { LeakStore } from './leak.ts';
import type { DenialCount, LedgerRow, Outcome } from './ledger.ts';
import type { LimitStore } from './limitStore.ts';
import type { MemberStore } from './member.ts';
import type { NoticeStore, WebhookStore } from './noticeStore.ts';
import type { PageQuery, Page, Within } from './page.ts';
import type { PeopleStore } from './people.ts';
import type { PolicyStore } from './policy.ts';
import type { QuotaStore } from './quota.ts';
import type { Replay } from './replay.ts';
import type { SecretStore } from './secret.ts';
import type { AttemptStore, AuthRowStore, SessionStore } from './session.ts';
import type { SystemStore } from './system.ts';

/** What the services need from outside. Each port has one contract suite, run on every engine (test/contract). */

export interface AccountStore {
  create(account: Account): Promise<void>;
  get(id: string): Promise<Account | undefined>;
  /** `id` null: all; `ids`: only those. */
  list(query: PageQuery & { readonly id: string | null; readonly ids?: readonly string[] }): Promise<Page<Account>>;
  update(
    id: string,
    change: Partial<Pick<Account, 'name' | 'status' | 'nameEditable' | 'defaultGroupId'>>,
  ): Promise<Account | undefined>;
}

export interface ProjectStore {
  /**
   * With a replay whose owner and token were used before, writes nothing and answers the id that was kept then; otherwise
   * keeps `madeId`: of the project, or of what was made with it and leads to it.
   */
  create(
    project: Project,
    claim?: { readonly replay: Replay; readonly madeId: string },
  ): Promise<{ created: true } | { created: false; madeId: string; fingerprint: string }>;
  get(id: string): Promise<Project | undefined>;
  /** `places`: only those within one of them. */
  list(query: PageQuery & Within & { readonly places?: readonly Within[] }): Promise<Page<Project>>;
  update(id: string, change: Partial<Pick<Project, 'name'>>): Promise<Project | undefined>;
}

/** A table of the catalogue. Names are unique; a clash throws Fault `conflict`; deleting what others refer to throws Fault `conflict` naming them. */
export interface CatalogueTable<T extends { readonly id: string }> {
  create(item: T): Promise<void>;
  update(id: string, change: Partial<Omit<T, 'id'>>): Promise<T | undefined>;
  remove(id: string): Promise<boolean>;
}

export interface CatalogueStore {
  /** The whole catalogue, credentials decrypted: it is small, and read at start and after every change. */
  read(): Promise<Catalogue>;
  readonly providers: CatalogueTable<Provider>;
  readonly models: CatalogueTable<Model>;
  readonly endpoints: CatalogueTable<Endpoint>;
  readonly services: CatalogueTable<Service>;
  /** Deleting one that keys are in throws Fault `conflict` saying how many; deleted keys leave it. */
  readonly groups: CatalogueTable<Group>;
}

export interface LedgerQuery extends Within {
  readonly keyId?: string;
  /** Calls of the temporary keys of that key. */
  readonly parentKeyId?: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface RequestQuery extends LedgerQuery, PageQuery {
  readonly resourceName?: string;
  readonly status?: number;
  readonly outcome?: Outcome;
  readonly address?: string;
}

export interface DenialQuery extends LedgerQuery, PageQuery {
  readonly code?: string;
  readonly address?: string;
}

export type UsageGroup = 'key' | 'model' | 'day' | 'hour' | 'status' | 'project' | 'address';

/** Sums of the ledger rows that share the grouped values. `day` is a UTC date, `hour` the start of an hour of UTC (ISO 8601). */
export interface UsageRow {
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
  readonly requests: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costNano: bigint;
  /** Rows whose price was unknown: their cost is not in `costNano`. */
  readonly unpricedRequests: number;
  readonly estimatedRequests: number;
}

export interface LedgerStore {
  /** Writes all rows or none, and returns when they are durable. A row already there (same id) is left as it is. */
  append(rows: readonly LedgerRow[]): Promise<void>;
  /** Newest first. */
  requests(query: RequestQuery): Promise<Page<LedgerRow>>;
  usage(query: LedgerQuery & { readonly groupBy: readonly UsageGroup[] }): Promise<UsageRow[]>;
  /** Adds to the counts that have the same key, code, route, address and hour. */
  countDenials(counts: readonly DenialCount[]): Promise<void>;
  /** Newest hour first, largest count first within it. */
  denials(query: DenialQuery): Promise<Page<DenialCount>>;
}

/** Small facts about the installation itself (schema-independent), by name. */
export interface MetaStore {
  get(name: string): Promise<string | undefined>;
  /** Writes unless the name exists; returns what is stored afterwards. */
  putOnce(name: string, value: string): Promise<string>;
  /** Keys of before an exchange of the server secret; undefined: there was none. */
  keptKeys(): Promise<KeptKeys | undefined>;
}

/** The parts of the store that read and write. */
export type StoreParts = Omit<Store, 'engine' | 'audit' | 'system' | 'together' | 'check' | 'close'>;

/** Everything the store offers, on one engine. */
export interface Store {
  readonly engine: 'sqlite' | 'postgres';
  readonly keys: KeyStore;
  readonly secrets: SecretStore;
  readonly accounts: AccountStore;
  readonly projects: ProjectStore;
  readonly catalogue: CatalogueStore;
  readonly clusterUsers: ClusterUserStore;
  readonly ledger: LedgerStore;
  readonly limits: LimitStore;
  readonly notices: NoticeStore;
  readonly webhooks: WebhookStore;
  readonly people: PeopleStore;
  readonly sessions: SessionStore;
  readonly attempts: AttemptStore;
  readonly authRows: AuthRowStore;
  readonly invitations: InvitationStore;
  readonly passwordResets: PasswordResetStore;
  readonly members: MemberStore;
  readonly policies: PolicyStore;
  readonly hygiene: HygieneStore;
  readonly leaks: LeakStore;
  readonly activity: ActivityStore;
  readonly quotas: QuotaStore;
  readonly meta: MetaStore;
  readonly audit: AuditStore;
  readonly system: SystemStore;
  /** One transaction for all that `work` does with the parts it is given: everything, or nothing. */
  together<T>(work: (parts: StoreParts) => Promise<T>): Promise<T>;
  /** Answers when the store can be read and written; throws Fault `store_unavailable` otherwise. */
  check(): Promise<void>;
  close(): Promise<void>;
}
