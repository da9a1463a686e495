import { useTranslation } from 'react-i18next';
import type { User } from '../queries.ts';
import { State } from '../../shell/State.tsx';

export function PersonStatus({ status }: Pick<User, 'status'>) {
  const { t } = useTranslation();
  return <State kind={status === 'active' ? 'good' : 'bad'}>{t(`people.state.${status}`)}</State>;
}
