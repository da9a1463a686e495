import { useTranslation } from 'react-i18next';
import { Copied, OnceDialog } from '../shell/OnceDialog.tsx';

/** What a webhook's messages are signed under, this once. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <OnceDialog title={t('webhooks.secret')} onClose={onClose}>
      <Copied text={secret} label={t('webhooks.copySecret')} />
      <p className="soft">{t('webhooks.secretWhy')}</p>
    </OnceDialog>
  );
}
