import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Card, Flex, Select, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { whileThere } from '../api/queries.ts';
import { Moment } from '../shell/Moment.tsx';
import { PageError } from '../shell/PageError.tsx';
import { Table, type Column } from '../shell/Table.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { Age } from './Age.tsx';
import { secretsQuery } from './queries.ts';
import type { SectionProps } from './types.ts';
import type { Secret } from './types.ts';

/** The values of a key: which works until when, who still uses the earlier one, and the ways back and on. */
export function KeySecrets({ keyOf, may }: SectionProps) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const { data, error, isPending, refetch } = useQuery({
    ...secretsQuery(keyOf.id),
    refetchInterval: whileThere(15_000),
  });
  const mayRotate = may('keys.rotate') && keyOf.class !== 'temporary';
  if (error && !data) return <PageError error={error} reset={() => void refetch()} />;
  const secrets = data?.data ?? [];
  const earlier = secrets.find(({ state, newest }) => state === 'living' && !newest);
  const refresh = [['key', keyOf.id], ['keys']];

  function askToEnd({ id, masked }: Secret): void {
    confirm({
      title: t('secrets.endTitle', { masked }),
      content: t('secrets.endWhy'),
      okText: t('secrets.end'),
      onOk: () => act(() => call('POST', `/keys/${keyOf.id}/secrets/${id}/end`), { done: t('secrets.ended'), refresh }),
    });
  }

  function askToUndo({ masked }: Secret): void {
    confirm({
      title: t('secrets.undoTitle'),
      content: t('secrets.undoWhy', { masked, newest: keyOf.masked }),
      okText: t('secrets.undo'),
      onOk: () => act(() => call('POST', `/keys/${keyOf.id}/rotate/undo`), { done: t('secrets.undone'), refresh }),
    });
  }

  const columns: readonly Column<Secret>[] = [
    {
      key: 'value',
      title: t('secrets.value'),
      render: ({ masked, newest }) => (
        <Flex gap={6} align="center" wrap>
          <code>{masked}</code>
          {newest && <Tag>{t('secrets.newest')}</Tag>}
        </Flex>
      ),
    },
    {
      key: 'state',
      title: t('keys.status'),
      render: ({ state, endsAt, newest }) =>
        state === 'ended' ? (
          <>
            {t('secrets.state.ended')} <Moment at={endsAt} />
          </>
        ) : newest ? (
          t('secrets.state.living')
        ) : (
          <>
            {t('secrets.state.ending')} <Moment at={endsAt} />
          </>
        ),
    },
    {
      key: 'created',
      title: t('keys.created'),
      from: 768,
      render: ({ createdAt }) => (
        <>
          <Moment at={createdAt} />
          <Age since={createdAt} />
        </>
      ),
    },
    {
      key: 'used',
      title: t('keys.lastUsed'),
      from: 576,
      render: ({ lastUsedAt, lastUsedAddress }) => (
        <>
          <Moment at={lastUsedAt} none={t('keys.never')} />
          {lastUsedAddress !== null && <> · {lastUsedAddress}</>}
        </>
      ),
    },
  ];

  return (
    <Flex vertical gap={16}>
      {earlier && (
        <Alert
          type="info"
          showIcon
          title={
            earlier.lastUsedAt === null ? (
              t('secrets.earlierUnused', { masked: earlier.masked })
            ) : (
              <>
                {t('secrets.earlierUsed', { masked: earlier.masked })} <Moment at={earlier.lastUsedAt} />
                {earlier.lastUsedAddress !== null && <> · {earlier.lastUsedAddress}</>}
              </>
            )
          }
          description={
            <Flex vertical gap={8} align="start">
              <span>
                {t('secrets.endsBy')} <Moment at={earlier.endsAt} />
              </span>
              {mayRotate && (
                <Flex gap={8} wrap>
                  <Button onClick={() => askToEnd(earlier)}>{t('secrets.end')}</Button>
                  <Button onClick={() => askToUndo(earlier)}>{t('secrets.undo')}</Button>
                </Flex>
              )}
            </Flex>
          }
        />
      )}
      <Table label={t('secrets.title')} columns={columns} rows={secrets} loading={isPending} empty={null} />
      <p className="soft" style={{ margin: 0 }}>
        {keyOf.class === 'temporary' ? t('secrets.temporary') : t('secrets.why')}
      </p>
      {keyOf.class !== 'temporary' && <Reminder keyOf={keyOf} may={may} />}
    </Flex>
  );
}

const EVERY = [30, 60, 90, 180, 365];

/** After how many days a notice says that the value should be replaced. */
function Reminder({ keyOf, may }: SectionProps) {
  const { t } = useTranslation();
  const act = useAct();
  const days = keyOf.rotateEveryDays;
  const change = (rotateEveryDays: number | null) =>
    act(() => call('PATCH', `/keys/${keyOf.id}`, { body: { rotateEveryDays } }), {
      done: rotateEveryDays === null ? t('secrets.reminderOff') : t('secrets.reminderSet', { count: rotateEveryDays }),
      refresh: [['key', keyOf.id]],
      undo: () => call('PATCH', `/keys/${keyOf.id}`, { body: { rotateEveryDays: days } }),
    });
  const choices =
    days === null || EVERY.includes(days) ? EVERY : [...EVERY, days].toSorted((one, other) => one - other);
  return (
    <Card size="small" title={t('secrets.reminder')}>
      <Flex gap={12} align="center" wrap>
        <Select<number>
          aria-label={t('secrets.reminder')}
          style={{ width: 220 }}
          disabled={!may('keys.change')}
          value={days ?? 0}
          onChange={(next) => void change(next === 0 ? null : next)}
          options={[
            { value: 0, label: t('secrets.noReminder') },
            ...choices.map((count) => ({ value: count, label: t('secrets.every', { count }) })),
          ]}
        />
        <span className="soft">{t('secrets.reminderWhy')}</span>
      </Flex>
    </Card>
  );
}
