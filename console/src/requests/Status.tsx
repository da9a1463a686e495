import { useTranslation } from 'react-i18next';
import { Mark } from '../shell/Mark.tsx';
import type { Request } from './types.ts';

/** The status the client got, and in words where it did not end as it should. */
export function Status({ request: { status, outcome } }: { request: Request }) {
  const { t } = useTranslation();
  const kind = status < 400 ? 'good' : status < 500 ? 'warn' : 'bad';
  return (
    <>
      <Mark kind={kind}>{status}</Mark>{' '}
      {outcome !== 'answered' && outcome !== 'allowed' && <span className="soft">{t(`outcome.${outcome}`)}</span>}
    </>
  );
}
