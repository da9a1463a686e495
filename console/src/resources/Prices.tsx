import { useTranslation } from 'react-i18next';
import './resources.css';
import { useAppearance } from '../appearance.ts';
import type { Model } from '../api/types.ts';
import { sayingPrices } from '../shell/amounts.ts';

/** Prices per million tokens, as a group has them. Unknown is not free. */
export function Prices({ prices, multiplier }: { prices: Model['prices']; multiplier: number }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  if (prices === null) return <span className="soft">{t('resources.price.unknown')}</span>;
  const say = sayingPrices(language);
  const lines = [
    ['input', prices.inputPerMillion],
    ['cached', prices.cachedInputPerMillion],
    ['cacheWrite', prices.cacheWritePerMillion],
    ['output', prices.outputPerMillion],
  ] as const;
  return (
    <dl className="prices">
      {lines.map(
        ([kind, amount]) =>
          amount !== null && (
            <div key={kind}>
              <dt>{t(`resources.price.${kind}`)}</dt>
              <dd>{say(Number(amount) * multiplier)}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
