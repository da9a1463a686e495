import { Link } from '@tanstack/react-router';
import { Card, Flex } from 'antd';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { ConnectCard } from './ConnectCard.tsx';
import { KeyFacts } from './KeyFacts.tsx';
import { LimitMeters } from '../limits/LimitMeters.tsx';
import { part } from '../routes/page.ts';
import type { SectionProps } from './types.ts';

const KeyUse = part(async () => (await import('../usage/KeyUse.tsx')).KeyUse, 'usage');

/** What is known of a key, where its limits stand, what it did of late, and how to call with it. */
export function Overview({ keyOf, may }: SectionProps) {
  const { t } = useTranslation();
  const opensModels = keyOf.class !== 'management';
  return (
    <Flex gap={16} wrap align="stretch">
      <Card title={t('key.facts')} style={{ flex: '1 1 420px', minWidth: 0 }}>
        <KeyFacts keyOf={keyOf} />
      </Card>
      {opensModels && (
        <Card
          title={t('limits.title')}
          extra={
            may('keys.change') && (
              <Link to="/keys/$keyId" params={{ keyId: keyOf.id }} search={{ tab: 'limits' }}>
                {t('key.changeLimits')}
              </Link>
            )
          }
          style={{ flex: '1 1 360px', minWidth: 0 }}
        >
          <LimitMeters limits={keyOf.limits} />
        </Card>
      )}
      {opensModels && keyOf.projectId !== null && keyOf.lastUsedAt !== null && may('usage.read') && (
        <Suspense>
          <KeyUse projectId={keyOf.projectId} keyId={keyOf.id} />
        </Suspense>
      )}
      {opensModels && <ConnectCard keyOf={keyOf} />}
    </Flex>
  );
}
