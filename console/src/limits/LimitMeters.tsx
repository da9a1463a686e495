import { Empty, Flex, Progress, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Limit } from '../api/types.ts';
import { useAppearance } from '../appearance.ts';
import { limitName, takenOf } from './limitText.ts';
import { sayingAmounts } from '../shell/amounts.ts';
import { Moment } from '../shell/Moment.tsx';

/** Where each limit stands: what is used, what is held for calls under way, and when it frees. */
export function LimitMeters({ limits }: { limits: readonly Limit[] }) {
  const { t } = useTranslation();
  if (limits.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('standing.none')} />;
  return (
    <Flex vertical gap={18}>
      {limits.map((limit) => (
        <Meter key={limit.id} limit={limit} />
      ))}
    </Flex>
  );
}

/** Where one limit stands, by numbers and as a bar. */
export function Meter({ limit }: { limit: Limit }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const { taken, reserved, most, percent } = takenOf(limit);
  const number = new Intl.NumberFormat(language);
  const saying = (rounding: 'floor' | 'ceil') =>
    limit.unit === 'cost'
      ? sayingAmounts(most, language, { isColumn: false, rounding })
      : (count: number) => number.format(count);
  const [say, sayLeft] = [saying('floor'), saying('ceil')];
  const name = limitName(limit, t);
  // Of a template by itself: it counts for each key apart.
  if (limit.used === null)
    return (
      <Flex justify="space-between" gap={8} wrap>
        <span>{name}</span>
        <strong>{t('standing.each', { amount: say(most) })}</strong>
      </Flex>
    );
  const now = [
    percent >= 100 ? t('standing.full') : t('standing.left', { amount: sayLeft(Number(limit.remaining ?? 0)) }),
    ...(reserved > 0 ? [t('standing.held', { amount: say(reserved) })] : []),
  ].join(' · ');
  return (
    <div>
      <Flex justify="space-between" gap={8} wrap>
        <span>
          {name} {limit.subject.type !== 'key' && <Tag>{t(`standing.of.${limit.subject.type}`)}</Tag>}
        </span>
        <span>
          {say(taken)} / {say(most)}
        </span>
      </Flex>
      <Progress
        percent={percent}
        showInfo={false}
        status={percent >= 100 ? 'exception' : 'normal'}
        aria-label={name}
        aria-valuetext={now}
      />
      <Flex justify="space-between" gap={8} wrap className="soft">
        <span>{now}</span>
        {limit.resetsAt !== null && (
          <span>
            {t('standing.resets')} <Moment at={limit.resetsAt} />
          </span>
        )}
      </Flex>
    </div>
  );
}
