import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Permission } from '../../../src/core/role.ts';
import { accountRightsQuery, accountsQuery, keyQuery, projectsQuery, rightsQuery } from '../api/queries.ts';
import { lastProject } from './lastProject.ts';

/** Whether the caller may do something, everywhere or with what they made; `whole`: only everywhere. */
export type May = (permission: Permission, whole?: boolean) => boolean;

/** The project of the page that is shown; undefined on pages that are of no project. */
export function useProjectHere(): string | undefined {
  const { projectId, keyId } = useParams({ strict: false });
  const { data } = useQuery({ ...keyQuery(keyId ?? ''), enabled: keyId !== undefined });
  return projectId ?? data?.projectId ?? undefined;
}

/** The account of the page that is shown, or else of the project that was looked at last. */
export function useAccountHere(): string | undefined {
  const { accountId } = useParams({ strict: false });
  const projectId = useProjectHere() ?? lastProject();
  const projects = useQuery(projectsQuery);
  const accounts = useQuery(accountsQuery);
  const ofProject = projects.data?.data.find(({ id }) => id === projectId)?.accountId;
  return accountId ?? ofProject ?? accounts.data?.data.at(-1)?.id;
}

export function useMayInProject(projectId: string | undefined): May {
  const { data } = useQuery({ ...rightsQuery(projectId ?? ''), enabled: projectId !== undefined });
  return mayBy(data?.permissions);
}

export function useMayInAccount(accountId: string | undefined): May {
  const { data } = useQuery({ ...accountRightsQuery(accountId ?? ''), enabled: accountId !== undefined });
  return mayBy(data?.permissions);
}

function mayBy(permissions: Readonly<Record<string, string>> | undefined): May {
  return (permission, whole = false) => {
    const granted = permissions?.[permission];
    return granted !== undefined && !(whole && granted === 'own');
  };
}
