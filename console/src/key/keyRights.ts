import type { Permission } from '../../../src/core/role.ts';
import type { Key } from '../api/types.ts';
import { useMayInAccount, useMayInProject, type May } from '../shell/here.ts';

/** What the caller may do with one key. As the server decides it: keys that call the API, and those of a whole account, are admins'. */
export function useMayWithKey(key: Pick<Key, 'accountId' | 'projectId' | 'class'> | undefined): May {
  const mayInProject = useMayInProject(key?.projectId ?? undefined);
  const mayInAccount = useMayInAccount(key?.projectId === null ? key.accountId : undefined);
  return (permission: Permission) => {
    if (!key) return false;
    const isRead = permission.endsWith('.read');
    if (key.projectId === null) return mayInAccount(isRead ? 'accountKeys.read' : 'accountKeys.manage');
    return mayInProject(key.class === 'management' && !isRead ? 'managementKeys.manage' : permission);
  };
}
