import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMayInAccount } from '../shell/here.ts';

/** The way from "no more keys" to where more are asked for, for those who see that page. */
export function AskForMore({ accountId }: { accountId: string }) {
  const { t } = useTranslation();
  const may = useMayInAccount(accountId);
  if (!may('quotaRequests.read')) return null;
  return (
    <p>
      <Link to="/accounts/$accountId/quota" params={{ accountId }}>
        {t('quota.askForMore')}
      </Link>
    </p>
  );
}
