import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import { differenceOf } from './sums.ts';

/** A sum, and how it stands to the span before: in words, so that no colour has to be seen. */
export function Total(props: { label: string; value: number; before: number | undefined; days: number }) {
  const { label, value, before, days } = props;
  const { t } = useTranslation();
  const { language } = useAppearance();
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  return (
    <div style={{ minWidth: 150 }}>
      <div className="soft">{label}</div>
      <div style={{ fontSize: 26, fontWeight: 600, lineHeight: 1.3 }}>{number.format(value)}</div>
      <div className="soft">{before === undefined ? '\u00A0' : tell(before)}</div>
    </div>
  );

  function tell(earlier: number): string {
    const difference = differenceOf(value, earlier);
    if (difference === null) return value === 0 ? t('usage.nothingYet') : t('usage.nothingBefore', { count: days });
    const than = { percent: number.format(Math.abs(difference)), count: days, before: number.format(earlier) };
    if (difference === 0) return t('usage.asBefore', than);
    return difference > 0 ? `▲ ${t('usage.more', than)}` : `▼ ${t('usage.less', than)}`;
  }
}
