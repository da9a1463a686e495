import { useTranslation } from 'react-i18next';

/** For how many days there has been something; nothing on its first day. */
export function Age({ since }: { since: string }) {
  const { t } = useTranslation();
  const count = Math.floor((Date.now() - new Date(since).getTime()) / 86_400_000);
  return count < 1 ? null : <> · {t('key.age', { count })}</>;
}
