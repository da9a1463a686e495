import { useTranslation } from 'react-i18next';
import { Moment } from '../shell/Moment.tsx';
import { State } from '../shell/State.tsx';
import type { Webhook } from './queries.ts';

/** Whether messages arrive. */
export function WebhookState({ webhook: { status, pausedAt, failingSince } }: { webhook: Webhook }) {
  const { t } = useTranslation();
  if (status === 'paused')
    return (
      <State kind="off">
        {t('webhooks.paused')} <Moment at={pausedAt} none="" />
      </State>
    );
  if (failingSince !== null)
    return (
      <State kind="bad">
        {t('webhooks.failing')} <Moment at={failingSince} />
      </State>
    );
  return <State kind="good">{t('webhooks.active')}</State>;
}
