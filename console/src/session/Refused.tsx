import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';
import { PasskeyRefused, PasskeysElsewhere } from './passkeys.ts';

/** Why somebody could not prove who they are, and what to do. */
export function Refused({ error }: { error: Error | null }) {
  const { t } = useTranslation();
  if (!error) return null;
  const retryAfter = error instanceof ApiError ? error.retryAfter : null;
  return (
    <Alert
      type="error"
      showIcon
      title={wordsFor(error)}
      description={retryAfter === null ? undefined : t('signIn.retryAfter', { seconds: retryAfter })}
      style={{ marginBottom: 16 }}
    />
  );

  function wordsFor(fault: Error): string {
    if (fault instanceof PasskeysElsewhere) return t('passkey.elsewhere', { host: fault.host });
    if (fault instanceof PasskeyRefused) return t('passkey.refused');
    return fault instanceof ApiError ? fault.message : t('error.unknown');
  }
}
