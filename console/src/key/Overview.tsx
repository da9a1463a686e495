import { Card, Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { ConnectCard } from './ConnectCard.tsx';
import { KeyFacts } from './KeyFacts.tsx';
import { LimitMeters } from '../limits/LimitMeters.tsx';
import type { SectionProps } from './types.ts';

/** What is known of a key, where its limits stand, and how to call with it. */
export function Overview({ keyOf }: SectionProps) {
  const { t } = useTranslation();
  const opensModels = keyOf.class !== 'management';
  return (
    <Flex gap={16} wrap align="stretch">
      <Card title={t('key.facts')} style={{ flex: '1 1 420px', minWidth: 0 }}>
        <KeyFacts keyOf={keyOf} />
      </Card>
      {opensModels && (
        <Card title={t('limits.title')} style={{ flex: '1 1 360px', minWidth: 0 }}>
          <LimitMeters limits={keyOf.limits} />
        </Card>
      )}
      {opensModels && <ConnectCard keyOf={keyOf} />}
    </Flex>
  );
}
