import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import type { Notice } from './queries.ts';

/** What a notice knows beside its kind. Of one from before it was kept so, the server’s own words are all there is. */
export function NoticeSaying({ notice: { kind, subject, details, text } }: { notice: Notice }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const number = (value = 0) => new Intl.NumberFormat(language).format(value);
  if (details?.disabled !== undefined)
    return <div>{details.disabled ? t('notices.said.leakedDisabled') : t('notices.said.leakedWorks')}</div>;
  if (details?.address !== undefined)
    return <div>{t('notices.said.newAddress', { address: details.address, count: details.others ?? 0 })}</div>;
  if (details?.unit !== undefined)
    return (
      <div>
        {t('notices.said.spike', {
          amount: number(details.amount),
          unit: t(`unit.${details.unit}`),
          times: number(details.times),
        })}
      </div>
    );
  if (details?.refused !== undefined)
    return <div>{t('notices.said.refusals', { times: number(details.refused) })}</div>;
  if (details?.cause !== undefined) return <div>{t(`webhooks.cause.${details.cause}`)}</div>;
  if (SAID.includes(kind)) return null;
  return <div lang="en">{withoutSubject(text, subject)}</div>;
}

/** Kinds whose other fields say it all. */
const SAID: readonly Notice['kind'][] = ['limit.reached', 'key.expiry', 'key.rotation'];

/** `Key "shop" (kw_Ab***wxyz) was refused 30 times …` as `Was refused 30 times …`: what it is about stands above. */
function withoutSubject(text: string, { name }: Notice['subject']): string {
  const rest = text
    .split(`"${name}"`)
    .slice(1)
    .join(`"${name}"`)
    .replace(/^ \([^)]*\)/, '')
    .trim();
  return rest === '' ? text : `${rest.charAt(0).toUpperCase()}${rest.slice(1)}`;
}
