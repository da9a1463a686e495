import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types.ts';
import { State } from '../../shell/State.tsx';

export function AccountStatus({ status }: Pick<Account, 'status'>) {
  const { t } = useTranslation();
  return <State kind={status === 'active' ? 'good' : 'bad'}>{t(`accounts.state.${status}`)}</State>;
}
