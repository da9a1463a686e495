import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { sessionQuery } from '../api/queries.ts';
import { PageMissing } from '../shell/PageError.tsx';

/** Around the pages of the platform: for everybody but its operator they are not there. */
export function OperatorOnly() {
  const { data } = useQuery(sessionQuery);
  if (data === undefined) return null;
  return data.user.isOperator ? <Outlet /> : <PageMissing />;
}
