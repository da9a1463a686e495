import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { isNoMore, mayBeBack } from '../api/client.ts';
import type { Asked } from './missedOf.ts';

/** Why a part of a page could not be had, and the way to ask for it again. What it showed before may stand below. */
export function PartError({ of: { error, isFetching, refetch } }: { of: Asked }) {
  const { t } = useTranslation();
  if (!error) return null;
  return (
    <Alert
      type="error"
      showIcon
      title={error.message}
      {...(mayBeBack(error) && { description: t('error.byItself') })}
      {...(!isNoMore(error) && {
        action: (
          <Button size="small" loading={isFetching} onClick={() => void refetch()}>
            {t('error.again')}
          </Button>
        ),
      })}
      style={{ marginBottom: 16 }}
    />
  );
}
