import { Empty, Flex, Progress, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Limit } from '../api/types.ts';
import { useAppearance } from '../appearance.ts';
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
  const amount = Number(limit.amount);
  const reserved = Number(limit.reserved ?? 0);
  const taken = Number(limit.used ?? 0) + reserved;
  const percent = amount === 0 ? 100 : Math.min(100, (taken / amount) * 100);
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  const unit = t(`unit.${limit.unit}`);
  const span = useWindowText(limit.window);
  const name = `${unit} · ${span}`;
  const now = [
    percent >= 100 ? t('standing.full') : t('standing.left', { amount: number.format(Number(limit.remaining ?? 0)) }),
    ...(reserved > 0 ? [t('standing.held', { amount: number.format(reserved) })] : []),
  ].join(' · ');
  return (
    <div>
      <Flex justify="space-between" gap={8} wrap>
        <span>
          {name} {limit.subject.type !== 'key' && <Tag>{t(`standing.of.${limit.subject.type}`)}</Tag>}
        </span>
        <span>
          {number.format(taken)} / {number.format(amount)}
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

/** Over what time a limit counts, as people say it. */
function useWindowText(window: Limit['window']): string {
  const { t } = useTranslation();
  if (window === null) return t('standing.atOnce');
  if (window.kind === 'lifetime') return t('window.lifetime');
  if (window.kind === 'calendar') return t(`standing.per.${window.period ?? 'day'}`);
  const seconds = window.seconds ?? 0;
  const span =
    seconds % 86_400 === 0
      ? t('span.day', { count: seconds / 86_400 })
      : seconds % 3600 === 0
        ? t('span.hour', { count: seconds / 3600 })
        : t('span.second', { count: seconds });
  return window.kind === 'session' ? t('standing.session', { span }) : t('standing.rolling', { span });
}
