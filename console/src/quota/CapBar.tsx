import { Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';

/** How many keys there are of how many there may be; `cap` null: as many as the account has room for. */
export function CapBar({ keys, cap, label }: { keys: number; cap: number | null; label: string }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const number = new Intl.NumberFormat(language);
  if (cap === null) return <>{t('quota.noCap', { keys: number.format(keys) })}</>;
  const percent = cap === 0 ? 100 : Math.min(100, (keys / cap) * 100);
  return (
    <div style={{ flex: '1 1 140px', maxWidth: 640 }}>
      {t('quota.ofCap', { keys: number.format(keys), cap: number.format(cap) })}
      {keys >= cap && <strong> · {t('quota.full')}</strong>}
      <Progress
        percent={percent}
        showInfo={false}
        status={keys >= cap ? 'exception' : 'normal'}
        aria-label={label}
        style={{ marginBottom: 0 }}
      />
    </div>
  );
}
