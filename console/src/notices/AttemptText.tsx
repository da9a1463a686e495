import { useTranslation } from 'react-i18next';
import { Told } from '../shell/Told.tsx';
import type { Delivery } from './queries.ts';

/** How an attempt went: what was answered, or why nothing was, and how long it took. */
export function AttemptText({ attempt }: { attempt: Delivery['attempts'][number] }) {
  const { t } = useTranslation();
  const { status, error, durationMs } = attempt;
  return status === null ? <Told sentence={error ?? ''} /> : <>{t('webhooks.answered', { status, durationMs })}</>;
}
