import { Link, useNavigate } from '@tanstack/react-router';
import { Flex } from 'antd';
import type { Leak } from './types.ts';

/** The key of a report, by name, and the way to the report. */
export function LeakLink({ leak: { id, key, projectId, accountId } }: { leak: Leak }) {
  return (
    <Flex vertical gap={2} onClick={(event) => event.stopPropagation()}>
      {projectId === null ? (
        <Link to="/accounts/$accountId/leaks/$reportId" params={{ accountId, reportId: id }} className="any">
          {key.name}
        </Link>
      ) : (
        <Link to="/projects/$projectId/leaks/$reportId" params={{ projectId, reportId: id }} className="any">
          {key.name}
        </Link>
      )}
      <code className="soft">{key.masked}</code>
    </Flex>
  );
}

/** Goes to a report: in its project, or in its account where its key is of the account as a whole. */
export function useOpenLeak(): (leak: Pick<Leak, 'id' | 'projectId' | 'accountId'>) => void {
  const navigate = useNavigate();
  return ({ id, projectId, accountId }) =>
    projectId === null
      ? void navigate({ to: '/accounts/$accountId/leaks/$reportId', params: { accountId, reportId: id } })
      : void navigate({ to: '/projects/$projectId/leaks/$reportId', params: { projectId, reportId: id } });
}
