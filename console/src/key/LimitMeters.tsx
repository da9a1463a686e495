import { Empty, Flex, Progress, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Limit } from '../api/types.ts';
import { useAppearance } from '../appearance.ts';
import { Moment } from '../shell/Moment.tsx';

/** Where each limit stands: what is used, what is held for calls under way, and when it frees. */
export function LimitMeters({ limits }: { limits: readonly Limit[] }) {
  const { t } = useTranslation();
  if (limits.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('limits.none')} />;
  return (
    <Flex vertical gap={18}>
      {limits.map((limit) => (
        <Meter key={limit.id} limit={limit} />
      ))}
    </Flex>
  );
}

/** Where one limit stands. */
export function Meter({ limit }: { limit: Limit }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const amount = Number(limit.amount);
  const taken = Number(limit.used ?? 0) + Number(limit.reserved ?? 0);
  const percent = amount === 0 ? 100 : Math.min(100, (taken / amount) * 100);
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  return (
    <div>
      <Flex justify="space-between" gap={8} wrap>
        <span>
          {t(`unit.${limit.unit}`)} · {windowText(limit.window, t)}{' '}
          {limit.subject.type !== 'key' && <Tag>{t(`limits.of.${limit.subject.type}`)}</Tag>}
        </span>
        <span>
          {number.format(taken)} / {number.format(amount)}
        </span>
      </Flex>
      <Progress
        percent={percent}
        showInfo={false}
        status={percent >= 100 ? 'exception' : 'normal'}
        aria-label={t(`unit.${limit.unit}`)}
      />
      <span style={{ color: 'var(--soft)', fontSize: 13 }}>
        {limit.resetsAt !== null && (
          <>
            {t('limits.resets')} <Moment at={limit.resetsAt} />
          </>
        )}
      </span>
    </div>
  );
}

function windowText(window: Limit['window'], t: ReturnType<typeof useTranslation>['t']): string {
  if (window === null) return t('limits.atOnce');
  if (window.kind === 'lifetime') return t('window.lifetime');
  if (window.kind === 'calendar') return t(`limits.per.${window.period ?? 'day'}`);
  const seconds = window.seconds ?? 0;
  const [count, unit] =
    seconds % 86_400 === 0
      ? [seconds / 86_400, 'day']
      : seconds % 3600 === 0
        ? [seconds / 3600, 'hour']
        : [seconds, 'second'];
  const span = t(`span.${unit as 'day'}`, { count });
  return window.kind === 'session' ? t('limits.session', { span }) : t('limits.rolling', { span });
}
