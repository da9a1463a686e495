import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Key } from '../api/types.ts';
import { Facts } from '../shell/Facts.tsx';
import { Moment } from '../shell/Moment.tsx';
import { usesQuery } from './queries.ts';

/** What would stop with a key: when it was last used, and how many calls of the last 24 hours would have no successor. */
export function KeyImpact({ keyOf }: { keyOf: Key }) {
  const { t } = useTranslation();
  const { data } = useQuery({ ...usesQuery(keyOf.id), enabled: keyOf.class !== 'management' });
  return (
    <>
      <Facts
        facts={[
          [t('keys.key'), <code key="key">{keyOf.masked}</code>],
          [
            t('keys.lastUsed'),
            <span key="used">
              <Moment at={keyOf.lastUsedAt} none={t('keys.never')} />
              {keyOf.lastUsedAddress !== null && <> · {keyOf.lastUsedAddress}</>}
            </span>,
          ],
          ...(data === undefined ? [] : [[t('impact.lastDay'), data] as const]),
        ]}
      />
      {data !== undefined && data > 0 && (
        <Alert type="warning" showIcon title={t('impact.inUse', { count: data })} style={{ marginTop: 8 }} />
      )}
    </>
  );
}
