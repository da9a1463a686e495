import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { accountsQuery } from '../api/queries.ts';
import { useAccountHere } from './here.ts';

/** Why nothing can be changed, on every page of a suspended account. */
export function Suspended() {
  const { t } = useTranslation();
  const accountId = useAccountHere();
  const { data } = useQuery(accountsQuery);
  const account = data?.data.find(({ id }) => id === accountId);
  if (account?.status !== 'suspended') return null;
  return (
    <Alert type="error" showIcon title={t('shell.suspended', { name: account.name })} style={{ marginBottom: 16 }} />
  );
}
