import { useQuery } from '@tanstack/react-query';
import { Button, Flex, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { State } from '../shell/State.tsx';
import { Moment } from '../shell/Moment.tsx';
import { PartError } from '../shell/PartError.tsx';
import { Table } from '../shell/Table.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { deviceOf } from './device.ts';
import { sessionsQuery, type Session } from './queries.ts';
import { Section } from './Section.tsx';

/** Where somebody is signed in. This very session ends by signing out. */
export function Sessions() {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const list = useQuery(sessionsQuery);
  const rows = (list.data?.data ?? []).toSorted((one, other) => Number(other.current) - Number(one.current));
  const refresh = [sessionsQuery.queryKey];
  const nameOf = ({ userAgent }: Session) => deviceOf(userAgent ?? '') ?? userAgent ?? t('sessions.unknown');

  const end = (one: Session) =>
    confirm({
      title: t('sessions.endTitle', { device: nameOf(one) }),
      content: t('sessions.endWhy'),
      okText: t('sessions.end'),
      onOk: () => act(() => call('DELETE', `/auth/sessions/${one.id}`), { done: t('sessions.ended'), refresh }),
    });
  const endOthers = () =>
    confirm({
      title: t('sessions.endOthersTitle'),
      content: t('sessions.endWhy'),
      okText: t('sessions.endOthers'),
      onOk: () => act(() => call('POST', '/auth/sessions/end-others'), { done: t('sessions.ended'), refresh }),
    });

  return (
    <Section
      title={t('sessions.title')}
      actions={rows.length > 1 && <Button onClick={endOthers}>{t('sessions.endOthers')}</Button>}
    >
      {list.error ? (
        <PartError of={list} />
      ) : (
        <Table<Session>
          label={t('sessions.title')}
          rows={rows}
          loading={list.isPending}
          empty={null}
          columns={[
            {
              key: 'device',
              title: t('sessions.device'),
              render: (one) => (
                <Flex gap={8} wrap align="center">
                  <Tooltip title={one.userAgent}>
                    <span>{nameOf(one)}</span>
                  </Tooltip>
                  {one.current && <State kind="good">{t('sessions.current')}</State>}
                </Flex>
              ),
            },
            { key: 'address', title: t('sessions.address'), from: 768, render: ({ address }) => address ?? '–' },
            { key: 'used', title: t('sessions.used'), render: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
            {
              key: 'began',
              title: t('sessions.began'),
              from: 768,
              render: ({ createdAt }) => <Moment at={createdAt} />,
            },
            {
              key: 'end',
              title: t('sessions.end'),
              render: (one) =>
                one.current ? null : (
                  <Button
                    size="small"
                    onClick={() => end(one)}
                    aria-label={t('sessions.endOne', { device: nameOf(one) })}
                  >
                    {t('sessions.end')}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Section>
  );
}
