import type { ClusterUser, ClusterUserChange } from './clusterUser.ts';
import type { KeyUse, KeyWithPlace } from './keyStore.ts';
import type { Page, PageQuery } from './page.ts';

export interface ClusterUserStore {
  /** Throws Fault `conflict` where the service has a user of this name, or is not there. */
  create(user: ClusterUser): Promise<void>;
  get(id: string): Promise<ClusterUser | undefined>;
  /** Newest first. */
  list(query: PageQuery & { readonly serviceId: string }): Promise<Page<ClusterUser>>;
  /** Writes only the members of `change`. */
  update(id: string, change: ClusterUserChange, nowMs: number): Promise<ClusterUser | undefined>;
  remove(id: string): Promise<boolean>;
  /** The users behind login names, in any order; unknown ones are left out. */
  findByLogins(logins: readonly string[]): Promise<{ hash: string; found: KeyWithPlace }[]>;
  /** Last use; never moves it backwards. */
  touch(uses: readonly KeyUse[]): Promise<void>;
}
