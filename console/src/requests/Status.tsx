import { useTranslation } from 'react-i18next';
import { State } from '../shell/State.tsx';
import type { Request } from './types.ts';

/** The status the client got, and in words where it did not end as it should. */
export function Status({ request: { status, outcome } }: { request: Request }) {
  const { t } = useTranslation();
  const kind = status < 400 ? 'good' : status < 500 ? 'warn' : 'bad';
  return (
    <>
      <State kind={kind}>{status}</State>{' '}
      {outcome !== 'answered' && outcome !== 'allowed' && <span className="soft">{t(`outcome.${outcome}`)}</span>}
    </>
  );
}
