import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Card, Flex } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { keyQuery, whileThere } from '../api/queries.ts';
import type { Limit } from '../api/types.ts';
import { LimitCare } from '../limits/LimitCare.tsx';
import { Meter } from '../limits/LimitMeters.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import type { SectionProps } from './types.ts';

const LIVE_MS = 5_000;

/** Every limit that a key's calls have to pass, and where each stands now. Its own are looked after here. */
export function KeyLimits({ keyOf, may }: SectionProps) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const { data } = useQuery({ ...keyQuery(keyOf.id), refetchInterval: whileThere(LIVE_MS) });
  const limits = data?.limits ?? keyOf.limits;
  const from = (one: Limit): Source =>
    one.subject.type !== 'key' ? one.subject.type : one.subject.id === keyOf.id ? 'own' : 'parent';
  const of = (source: Source) => limits.filter((one) => from(one) === source);
  const refresh = [['key', keyOf.id], ['keys']];
  const resettable = of('own').length + of('template').length;

  const askToReset = () =>
    confirm({
      title: t('keyLimits.resetAllTitle', { name: keyOf.name }),
      content: t('keyLimits.resetAllWhy'),
      okText: t('keyLimits.resetAll'),
      onOk: () =>
        void act(() => call('POST', `/keys/${keyOf.id}/reset-usage`), { done: t('keyLimits.resetAllDone'), refresh }),
    });

  const elsewhere: readonly (readonly [source: Exclude<Source, 'own'>, where: ReactNode])[] = [
    ['template', null],
    [
      'parent',
      keyOf.parentKeyId !== null && (
        <Link to="/keys/$keyId" params={{ keyId: keyOf.parentKeyId }} search={{ tab: 'limits' }}>
          {t('keyLimits.toParent')}
        </Link>
      ),
    ],
    ['project', null],
    ['account', null],
  ];

  return (
    <Flex vertical gap={16}>
      <LimitCare
        title={t('keyLimits.own')}
        place={`/keys/${keyOf.id}`}
        limits={of('own')}
        why={t('keyLimits.ownWhy')}
        none={limits.length === 0 ? t('keyLimits.none') : t('keyLimits.noneOwn')}
        mayChange={may('keys.change')}
        refresh={refresh}
        actions={
          resettable > 0 && (
            <Button size="small" onClick={askToReset}>
              {t('keyLimits.resetAll')}
            </Button>
          )
        }
      />
      {elsewhere.map(
        ([source, where]) =>
          of(source).length > 0 && (
            <Card key={source} title={t(`keyLimits.${source}`)} extra={where}>
              <p className="soft" style={{ marginTop: 0 }}>
                {t(`keyLimits.why.${source}`)}
              </p>
              <div className="cards">
                {of(source).map((limit) => (
                  <Meter key={limit.id} limit={limit} />
                ))}
              </div>
            </Card>
          ),
      )}
    </Flex>
  );
}

type Source = 'own' | 'parent' | 'template' | 'project' | 'account';
