import { useTranslation } from 'react-i18next';
import { said } from './inShort.ts';
import { readable } from './limitOf.ts';
import type { AuditEvent } from './types.ts';

/** What a change made of each field, line by line. */
export function Difference({ event }: { event: Pick<AuditEvent, 'object' | 'before' | 'after'> }) {
  const { t } = useTranslation();
  const { before, after } = readable(event, t);
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (names.length === 0) return <span className="soft">{t('audit.nothingShown')}</span>;
  return (
    <div className="table">
      <table aria-label={t('audit.difference')}>
        <thead>
          <tr>
            <th scope="col">{t('audit.field')}</th>
            <th scope="col">{t('audit.before')}</th>
            <th scope="col">{t('audit.after')}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <td>
                <code className="any">{name}</code>
              </td>
              <td>
                <del className="any">{said(before?.[name])}</del>
              </td>
              <td>
                <ins className="any">{said(after?.[name])}</ins>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
