import { useQuery } from '@tanstack/react-query';
import { Card, Flex, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import { missedOf } from '../shell/missedOf.ts';
import { PartError } from '../shell/PartError.tsx';
import { sumsQuery } from './queries.ts';
import { sayingSteps } from './sayStep.ts';
import { spanOf, type Span } from './span.ts';
import { totalsOf } from './sums.ts';
import { Total } from './Total.tsx';
import { MEASURES } from './usageView.ts';
import type { UsageRow } from '../api/types.ts';

/** What a key cost and did in the last 30 days, beside the 30 before, and its requests day by day. */
export function KeyUse({ projectId, keyId }: { projectId: string; keyId: string }) {
  const { t } = useTranslation();
  const span = spanOf({}, Date.now());
  const asked = { place: { projectId }, span, keyId, groupBy: ['day'] } as const;
  const now = useQuery(sumsQuery(asked));
  const before = useQuery(sumsQuery({ ...asked, isBefore: true }));
  const earlier = before.data && totalsOf(before.data);
  return (
    <Card title={t('usage.keyUse')} style={{ flex: '1 1 100%', minWidth: 0 }}>
      <PartError of={missedOf([now, before])} />
      {now.isPending && <Spin />}
      {now.data && (
        <>
          <Flex gap={32} wrap style={{ marginBottom: 20 }}>
            {MEASURES.map((one) => (
              <Total
                key={one}
                label={t(`unit.${one}`)}
                value={totalsOf(now.data)[one]}
                isMoney={one === 'cost'}
                before={earlier?.[one]}
                length={span.length}
              />
            ))}
          </Flex>
          <Days span={span} rows={now.data} />
        </>
      )}
    </Card>
  );
}

/** A stroke for each day, as high as it had requests. */
function Days({ span: { steps }, rows }: { span: Span; rows: readonly UsageRow[] }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const { long } = sayingSteps('day', language);
  const requests = steps.map((step) => rows.find(({ group }) => group.day === step)?.requests ?? 0);
  const most = Math.max(1, ...requests);
  const told = t('usage.chart.day', {
    measure: t('unit.requests'),
    most: new Intl.NumberFormat(language).format(most),
    at: long(steps[requests.indexOf(most)] ?? ''),
  });
  if (!requests.includes(most)) return null;
  return (
    <>
      <svg viewBox={`0 0 ${steps.length} 60`} preserveAspectRatio="none" role="img" aria-label={told} className="hours">
        <line x1="0" x2={steps.length} y1="59.5" y2="59.5" stroke="var(--line)" />
        {requests.map((many, at) => (
          <rect
            key={steps[at]}
            x={at + 0.1}
            y={many === 0 ? 60 : 60 - Math.max(2, (many / most) * 58)}
            width="0.8"
            height={many === 0 ? 0 : Math.max(2, (many / most) * 58)}
            fill="var(--accent)"
          />
        ))}
      </svg>
      <Flex justify="space-between" gap={8} className="soft">
        <span className="from-576">{long(steps[0] ?? '')}</span>
        <span>{told}</span>
        <span className="from-576">{long(steps.at(-1) ?? '')}</span>
      </Flex>
    </>
  );
}
