import { useTranslation } from 'react-i18next';
import { FINDINGS, type Finding } from './hygieneView.ts';
import type { Hygiene } from './queries.ts';
import './hygiene.css';

/** How many keys have each finding, of all that work, and why it matters. One of them narrows the list below. */
export function FindingBars(props: {
  report: Hygiene;
  days: { unusedForDays?: number | undefined; olderThanDays?: number | undefined };
  chosen: Finding | undefined;
  onChoose: (finding: Finding | undefined) => void;
}) {
  const { report, days, chosen, onChoose } = props;
  const { t } = useTranslation();
  // Seven times "none" would praise what is not there.
  if (report.keys === 0) return null;
  return (
    <section aria-label={t('hygiene.findings')}>
      <p className="soft" style={{ margin: '0 0 8px' }}>
        {t('hygiene.looked', { count: report.keys })}
      </p>
      <ul className="findings">
        {FINDINGS.map((finding) => {
          const count = report.counts[finding];
          const percent = report.keys === 0 ? 0 : (count / report.keys) * 100;
          return (
            <li key={finding}>
              <button
                type="button"
                aria-pressed={chosen === finding}
                disabled={count === 0 && chosen !== finding}
                onClick={() => onChoose(chosen === finding ? undefined : finding)}
              >
                <span className="finding-name">{t(`hygiene.name.${finding}`, { ...days })}</span>
                <span className="finding-count">{count === 0 ? t('hygiene.fine') : `${count} / ${report.keys}`}</span>
                <span className={count === 0 ? 'finding-bar from-576' : 'finding-bar'} aria-hidden>
                  <span style={{ width: `${percent}%` }} />
                </span>
                <span className={count === 0 ? 'soft finding-why from-576' : 'soft finding-why'}>
                  {t(`hygiene.why.${finding}`)}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
