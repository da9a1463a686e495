import { useTranslation } from 'react-i18next';
import type { UsageRow } from '../api/types.ts';
import { useAppearance } from '../appearance.ts';
import type { SuspectUse } from './types.ts';

const DAY_MS = 86_400_000;
const MOST_SHOWN = 6;
/** More days than these make strokes too thin to be seen. */
const MOST_DAYS = 180;

/** A stroke for each day since the use is suspect. */
export function DayBars({ use }: { use: SuspectUse }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const lastMs = Math.floor(Date.parse(use.to) / DAY_MS) * DAY_MS;
  const firstMs = Math.floor(Date.parse(use.from) / DAY_MS) * DAY_MS;
  const days = Math.min(MOST_DAYS, Math.max(7, (lastMs - firstMs) / DAY_MS + 1));
  const most = use.byDay.reduce((best, { requests }) => Math.max(best, requests), 1);
  const busiest = use.byDay.find(({ requests }) => requests === most);
  const when = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });
  const said = (day: string | undefined) => (day === undefined ? '' : when.format(new Date(day)));
  const told = t('leak.busiest', { count: most, day: said(busiest?.group.day) });
  return (
    <>
      <svg viewBox={`0 0 ${days} 60`} preserveAspectRatio="none" role="img" aria-label={told} className="hours">
        <line x1="0" x2={days} y1="59.5" y2="59.5" stroke="var(--line)" />
        {use.byDay.map(({ group: { day = '' }, requests }) => {
          const at = days - 1 - (lastMs - Date.parse(day)) / DAY_MS;
          const height = Math.max(2, (requests / most) * 58);
          return <rect key={day} x={at + 0.1} y={60 - height} width="0.8" height={height} fill="#2a937a" />;
        })}
      </svg>
      <div style={{ display: 'flex', justifyContent: 'space-between' }} className="soft">
        <span className="from-576">{said(new Date(lastMs - (days - 1) * DAY_MS).toISOString())}</span>
        <span>{told}</span>
        <span className="from-576">{said(use.to)}</span>
      </div>
    </>
  );
}

/** The busiest few of one side, each with its share. */
export function Side(props: { title: string; rows: readonly UsageRow[]; nameOf: (row: UsageRow) => string }) {
  const { title, rows, nameOf } = props;
  const { t } = useTranslation();
  const { language } = useAppearance();
  const number = new Intl.NumberFormat(language);
  const all = rows.reduce((sum, { requests }) => sum + requests, 0);
  return (
    <div style={{ flex: '1 1 200px', minWidth: 0 }}>
      <h3 className="soft">{title}</h3>
      <ul className="plain tight">
        {rows.slice(0, MOST_SHOWN).map((row) => (
          <li key={nameOf(row)}>
            <div style={{ display: 'flex', justifyContent: 'space-between', gap: 8 }}>
              <span className="any">{nameOf(row) === '' ? '–' : nameOf(row)}</span>
              <span>{number.format(row.requests)}</span>
            </div>
            <div className="share-bar" style={{ width: '100%' }}>
              <span style={{ width: `${(row.requests / all) * 100}%` }} />
            </div>
          </li>
        ))}
      </ul>
      {rows.length > MOST_SHOWN && (
        <span className="soft">{t('leak.moreRows', { count: rows.length - MOST_SHOWN })}</span>
      )}
    </div>
  );
}
