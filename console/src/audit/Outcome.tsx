import { useTranslation } from 'react-i18next';
import { State } from '../shell/State.tsx';
import type { AuditEvent } from './types.ts';

const KINDS = { done: 'good', refused: 'warn', failed: 'bad', attempted: 'off' } as const;

/** How something ended, and why where nothing was changed. */
export function Outcome({ event: { outcome, code } }: { event: AuditEvent }) {
  const { t } = useTranslation();
  return (
    <State kind={KINDS[outcome]}>
      {t(`audit.outcome.${outcome}`)} {code !== null && <code>{code}</code>}
    </State>
  );
}
