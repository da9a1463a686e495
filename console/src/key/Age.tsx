import { useTranslation } from 'react-i18next';

/** For how many days there has been something; nothing while the moment before it says so itself, which is for 30 days. */
export function Age({ since }: { since: string }) {
  const { t } = useTranslation();
  const count = Math.floor((Date.now() - new Date(since).getTime()) / 86_400_000);
  return count <= 30 ? null : <> · {t('key.age', { count })}</>;
}
