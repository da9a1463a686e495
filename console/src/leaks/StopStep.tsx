import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Flex } from 'antd';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { keyQuery } from '../api/queries.ts';
import { part } from '../routes/page.ts';
import { useAct } from '../shell/useAct.tsx';
import type { StepProps } from './steps.ts';

const DeleteKey = part(async () => (await import('../key/DeleteKey.tsx')).DeleteKey, 'key');

/** First: nobody may use the value any more. */
export function StopStep({ leak, mayWork }: StepProps) {
  const { t } = useTranslation();
  const act = useAct();
  const queries = useQueryClient();
  const { key, stopped } = leak;
  const isThere = stopped !== 'deleted';
  const { data } = useQuery({ ...keyQuery(key.id), enabled: isThere, retry: false });
  const [isDeleting, setDeleting] = useState(false);
  const refresh = [['leak', leak.id], ['leaks'], ['keys']];
  const disable = () =>
    act(() => call('POST', `/keys/${key.id}/disable`), {
      done: t('status.disabled', { name: key.name }),
      refresh: [...refresh, ['key', key.id]],
    });

  return (
    <>
      <p style={{ marginTop: 0 }}>{t(`leak.stopped.${stopped ?? 'not'}`)}</p>
      <Flex gap={8} wrap align="center">
        {mayWork && stopped === null && (
          <Button danger type="primary" onClick={() => void disable()}>
            {t('leak.disable')}
          </Button>
        )}
        {mayWork && isThere && data && <Button onClick={() => setDeleting(true)}>{t('leak.delete')}</Button>}
        {isThere && (
          <Link to="/keys/$keyId" params={{ keyId: key.id }}>
            {t('leak.toKey')}
          </Link>
        )}
      </Flex>
      {mayWork && isThere && <p className="soft">{t('leak.deleteLater')}</p>}
      <Suspense>
        {isDeleting && data && (
          <DeleteKey
            keyOf={data}
            onClose={() => setDeleting(false)}
            onDeleted={() => {
              setDeleting(false);
              for (const queryKey of refresh) void queries.invalidateQueries({ queryKey });
            }}
          />
        )}
      </Suspense>
    </>
  );
}
