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
        <span>
          {t('webhooks.paused')} <Moment at={pausedAt} none="" />
        </span>
      </State>
    );
  if (failingSince !== null)
    return (
      <State kind="bad">
        <span>
          {t('webhooks.failing')} <Moment at={failingSince} />
        </span>
      </State>
    );
  return <State kind="good">{t('webhooks.active')}</State>;
}
