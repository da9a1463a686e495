import { useQuery } from '@tanstack/react-query';
import { Empty, Flex, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import { Moment } from '../shell/Moment.tsx';
import { PartError } from '../shell/PartError.tsx';
import { wholeTime } from '../shell/wholeTime.ts';
import { activityQuery } from './queries.ts';
import type { Activity } from './types.ts';

const HOUR_MS = 3_600_000;
const HOURS = 15 * 24;
/** Addresses that are shown; the latest to come are first. */
const MOST_SHOWN = 12;

/** The hours a key was used in of late, and the addresses it was used from: what is unusual is told from these. */
export function KeyActivity({ keyId }: { keyId: string }) {
  const { t } = useTranslation();
  const asked = useQuery(activityQuery(keyId));
  const { data } = asked;
  if (asked.error) return <PartError of={asked} />;
  if (!data) return <Spin />;
  if (data.hours.length === 0 && data.addresses.length === 0)
    return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('usage.notLately')} />;
  return (
    <Flex gap={24} wrap>
      <div style={{ flex: '2 1 360px', minWidth: 0 }}>
        <h3 className="soft">{t('usage.hours')}</h3>
        <Hours hours={data.hours} />
      </div>
      <div style={{ flex: '1 1 240px', minWidth: 0 }}>
        <h3 className="soft">{t('usage.addresses', { count: data.addresses.length })}</h3>
        <ul className="plain">
          {data.addresses.slice(0, MOST_SHOWN).map(({ address, firstSeenAt }) => (
            <li key={address}>
              <code>{address}</code>{' '}
              <span className="soft">
                {t('usage.since')} <Moment at={firstSeenAt} />
              </span>
            </li>
          ))}
        </ul>
        {data.addresses.length > MOST_SHOWN && (
          <span className="soft">{t('usage.moreAddresses', { count: data.addresses.length - MOST_SHOWN })}</span>
        )}
      </div>
    </Flex>
  );
}

/** A stroke for each hour of the last 15 days. */
function Hours({ hours }: { hours: Activity['hours'] }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const lastMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const most = hours.reduce((best, one) => (best && best.requests >= one.requests ? best : one), hours[0]);
  const when = wholeTime(language, 'UTC');
  const told = most
    ? t('usage.busiest', { count: most.requests, at: when.format(new Date(most.from)) })
    : t('usage.notLately');
  return (
    <>
      <svg viewBox={`0 0 ${HOURS} 60`} preserveAspectRatio="none" role="img" aria-label={told} className="hours">
        <line x1="0" x2={HOURS} y1="59.5" y2="59.5" stroke="var(--line)" />
        {hours.map(({ from, requests }) => {
          const at = HOURS - 1 - (lastMs - Date.parse(from)) / HOUR_MS;
          const height = Math.max(2, (requests / (most?.requests ?? 1)) * 58);
          return <rect key={from} x={at} y={60 - height} width="1" height={height} fill="#2a937a" />;
        })}
      </svg>
      <span className="soft">{told}</span>
    </>
  );
}
