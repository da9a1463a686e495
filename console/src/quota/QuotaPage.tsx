import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Button, Card, Flex, Spin, Typography } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/queries.ts';
import { useAppearance } from '../appearance.ts';
import { useMayInAccount } from '../shell/here.ts';
import { PageHead } from '../shell/PageHead.tsx';
import { PartError } from '../shell/PartError.tsx';
import { AskForKeys } from './AskForKeys.tsx';
import { CapBar } from './CapBar.tsx';
import { ChangeCap, type Cap } from './ChangeCap.tsx';
import { ProjectCaps } from './ProjectCaps.tsx';
import { accountQuotaQuery, quotaRequestsQuery, type AccountQuota } from './queries.ts';
import { Requests } from './Requests.tsx';

/** How many keys an account has of how many, how they are shared out, and requests for more. */
export function QuotaPage() {
  const { t } = useTranslation();
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/quota' });
  const may = useMayInAccount(accountId);
  const quota = useQuery({ ...accountQuotaQuery(accountId), enabled: may('accountQuota.read') });
  const requests = useInfiniteQuery(quotaRequestsQuery(accountId));
  const waiting = requests.data?.pages[0]?.data.find(({ status }) => status === 'pending');
  const isWaiting = waiting !== undefined;
  const isMine = useQuery(sessionQuery).data?.user.id === waiting?.askedBy;
  const [isAsking, setAsking] = useState(false);
  const [cap, setCap] = useState<Cap | null>(null);

  return (
    <>
      <PageHead title={t('quota.title')}>
        {may('quotaRequests.create') && (
          <Button type="primary" disabled={isWaiting} onClick={() => setAsking(true)}>
            {t('quota.ask')}
          </Button>
        )}
      </PageHead>
      {may('accountQuota.read') && (
        <>
          <PartError of={quota} />
          {quota.isPending && <Spin />}
          {quota.data && <Standing accountId={accountId} quota={quota.data} may={may} onChange={setCap} />}
          <Heading>{t('quota.projects')}</Heading>
          <ProjectCaps accountId={accountId} mayChange={may('accountQuota.set')} onChange={setCap} />
        </>
      )}
      <Heading>{t('quota.requests')}</Heading>
      {(isWaiting || !may('quotaRequests.create')) && (
        <p className="soft">
          {isWaiting ? (isMine ? t('quota.waiting') : t('quota.othersWaiting')) : t('quota.askAdmin')}
        </p>
      )}
      <Requests accountId={accountId} mayAsk={may('quotaRequests.create')} />
      {isAsking && <AskForKeys accountId={accountId} cap={quota.data?.keyCap} onClose={() => setAsking(false)} />}
      {cap && <ChangeCap cap={cap} onClose={() => setCap(null)} />}
    </>
  );
}

function Heading({ children }: { children: ReactNode }) {
  return (
    <Typography.Title level={2} style={{ fontSize: 18, margin: '24px 0 12px' }}>
      {children}
    </Typography.Title>
  );
}

function Standing(props: {
  accountId: string;
  quota: AccountQuota;
  may: ReturnType<typeof useMayInAccount>;
  onChange: (cap: Cap) => void;
}) {
  const { accountId, quota, may, onChange } = props;
  const { t } = useTranslation();
  const { language } = useAppearance();
  const path = `/accounts/${accountId}/quota`;
  const own: Cap = {
    field: 'keyCap',
    path,
    title: t('quota.changeAccountCap'),
    hint: t('quota.accountCapHint'),
    now: quota.keyCap,
    canBeNone: false,
  };
  const ofPerson: Cap = {
    field: 'memberKeyCap',
    path,
    title: t('quota.changePersonCap'),
    hint: t('quota.personCapHint'),
    now: quota.memberKeyCap,
    canBeNone: true,
  };
  return (
    <Card>
      <Flex gap={32} wrap align="start">
        <div style={{ flex: '2 1 320px', fontSize: 16 }}>
          <CapBar keys={quota.keys} cap={quota.keyCap} label={t('quota.keys')} />
          <p className="soft" style={{ margin: '8px 0' }}>
            {t('quota.counted')}
          </p>
          {may('quotaRequests.decide') && (
            <Button size="small" onClick={() => onChange(own)}>
              {t('quota.changeAccountCap')}
            </Button>
          )}
        </div>
        <div style={{ flex: '1 1 220px' }}>
          <div style={{ fontSize: 16 }}>
            {quota.memberKeyCap === null
              ? t('quota.noPersonCap')
              : t('quota.personCap', { cap: new Intl.NumberFormat(language).format(quota.memberKeyCap) })}
          </div>
          <p className="soft" style={{ margin: '8px 0' }}>
            {t('quota.personCapWhy')}
          </p>
          {may('accountQuota.set') && (
            <Button size="small" onClick={() => onChange(ofPerson)}>
              {t('quota.changePersonCap')}
            </Button>
          )}
        </div>
      </Flex>
    </Card>
  );
}
