import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import type { Span } from './span.ts';
import { differenceOf } from './sums.ts';

/** A sum, and how it stands to the span before: in words, so that no colour has to be seen. */
export function Total(props: {
  label: string;
  value: number;
  isMoney: boolean;
  before: number | undefined;
  length: Span['length'];
}) {
  const { label, value, isMoney, before, length } = props;
  const { t } = useTranslation();
  const { language } = useAppearance();
  const exact = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  // Of sums of money the hundredths are read; the table has all of them.
  const short = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const say = (sum: number) => (isMoney && sum >= 1 ? short : exact).format(sum);
  return (
    <div style={{ minWidth: 150 }}>
      <div className="soft">
        {label}
        {isMoney && ` · ${t('usage.currency')}`}
      </div>
      <div style={{ fontSize: 26, fontWeight: 600, lineHeight: 1.3 }} title={exact.format(value)}>
        {say(value)}
      </div>
      <div className="soft">{before === undefined ? '\u00A0' : tell(before)}</div>
    </div>
  );

  function tell(earlier: number): string {
    const difference = differenceOf(value, earlier);
    const { unit, count } = length;
    if (difference === null) return value === 0 ? t('usage.nothingYet') : t(`usage.than.${unit}.nothing`, { count });
    const than = { percent: exact.format(Math.abs(difference)), count, before: say(earlier) };
    if (difference === 0) return t(`usage.than.${unit}.same`, than);
    return difference > 0 ? `▲ ${t(`usage.than.${unit}.more`, than)}` : `▼ ${t(`usage.than.${unit}.less`, than)}`;
  }
}
