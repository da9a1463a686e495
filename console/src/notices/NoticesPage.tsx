import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useMayInAccount } from '../shell/here.ts';
import { PageHead } from '../shell/PageHead.tsx';
import { NoticeTable } from './NoticeTable.tsx';
import { OwnKeys } from './OwnKeys.tsx';
import { WebhookTable } from './WebhookTable.tsx';

/** What the owners of a project and its keys should know. */
export function ProjectNoticesPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/notices' });
  const navigate = useNavigate();
  const { kind, keyId } = useSearch({ from: '/signedIn/projects/$projectId/notices' });
  return (
    <>
      <PageHead title={t('notices.title')} />
      <OwnKeys
        projectId={projectId}
        permission="notices.read"
        keyId={keyId}
        onChoose={(next) => void navigate({ to: '.', search: { kind, keyId: next }, replace: true })}
      >
        <NoticeTable of={{ projectId, keyId }} kind={kind} />
      </OwnKeys>
    </>
  );
}

/** What the owners of an account should know, and where else they are told. */
export function AccountNoticesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/notices' });
  const { kind, tab } = useSearch({ from: '/signedIn/accounts/$accountId/notices' });
  const may = useMayInAccount(accountId);
  return (
    <>
      <PageHead title={may('webhooks.read') ? t('place.accountNotices') : t('notices.title')} />
      <Tabs
        activeKey={may('webhooks.read') ? (tab ?? 'notices') : 'notices'}
        onChange={(next) => void navigate({ to: '.', search: next === 'webhooks' ? { tab: next } : {} })}
        items={[
          {
            key: 'notices',
            label: t('notices.title'),
            children: <NoticeTable of={{ accountId }} kind={kind} />,
          },
          ...(may('webhooks.read')
            ? [
                {
                  key: 'webhooks',
                  label: t('webhooks.title'),
                  children: <WebhookTable accountId={accountId} mayManage={may('webhooks.manage')} />,
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
