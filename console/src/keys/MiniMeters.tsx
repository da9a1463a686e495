import { Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Limit } from '../api/types.ts';
import { useAppearance } from '../appearance.ts';
import { limitName, takenOf } from '../limits/limitText.ts';
import './keys.css';

/** As many as a row has room for: the fullest. */
const SHOWN = 2;

/** Where the fullest limits of a key stand, small. */
export function MiniMeters({ limits }: { limits: readonly Limit[] }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 2, notation: 'compact' });
  const say = (limit: Limit) => {
    const { taken, most } = takenOf(limit);
    return `${limitName(limit, t)}: ${number.format(taken)} / ${number.format(most)}`;
  };
  const sorted = limits.toSorted((one, other) => takenOf(other).percent - takenOf(one).percent);
  return (
    <Tooltip
      title={sorted.map((limit) => (
        <div key={limit.id}>{say(limit)}</div>
      ))}
    >
      <ul className="meters" tabIndex={0}>
        {sorted.slice(0, SHOWN).map((limit) => {
          const { taken, most, percent } = takenOf(limit);
          return (
            <li key={limit.id} aria-label={say(limit)}>
              <span className="meter" data-full={percent >= 100}>
                <span style={{ width: `${percent}%` }} />
              </span>
              <span aria-hidden>
                {number.format(taken)} / {number.format(most)}
              </span>
            </li>
          );
        })}
        {limits.length > SHOWN && <li className="soft">+{limits.length - SHOWN}</li>}
      </ul>
    </Tooltip>
  );
}
