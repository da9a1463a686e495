import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { DeleteDialog } from '../DeleteDialog.tsx';
import { servedQuery, type Provider } from './queries.ts';

/** Names the models that would have nobody to serve them: while there are any, a provider stays. */
export function DeleteProvider({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { t } = useTranslation();
  const { data } = useQuery(servedQuery(provider.id));
  const names = (data?.data ?? []).map(({ name }) => name).join(t('list.comma'));
  const more = data !== undefined && data.nextCursor !== null ? ' …' : '';
  return (
    <DeleteDialog
      name={provider.name}
      path={`/providers/${provider.id}`}
      refresh={['providers']}
      {...(names !== '' && { barred: <span className="any">{t('providers.serves', { names: names + more })}</span> })}
      onClose={onClose}
    >
      <p>{t('providers.deleteWhy')}</p>
    </DeleteDialog>
  );
}
