import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Button, Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/queries.ts';
import { useMayInAccount, useMayInProject } from '../shell/here.ts';
import { PageHead } from '../shell/PageHead.tsx';
import type { Place } from '../usage/queries.ts';
import { spanOf } from '../usage/span.ts';
import { SpanPicker } from '../usage/SpanPicker.tsx';
import { AuditFilters } from './AuditFilters.tsx';
import { AuditList } from './AuditList.tsx';
import type { AuditView } from './auditView.ts';
import { exportPath } from './queries.ts';
import { VerifyLog } from './VerifyLog.tsx';

/** Who changed what in a project, and who tried to. */
export function AuditPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/audit' });
  const view = useSearch({ from: '/signedIn/projects/$projectId/audit' });
  const show = (change: Partial<AuditView>) =>
    void navigate({ to: '.', search: { ...view, ...change }, replace: true });
  return <Audit title={t('audit.title')} place={{ projectId }} view={view} show={show} />;
}

/** The same of an account, its projects included. */
export function AccountAuditPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/audit' });
  const view = useSearch({ from: '/signedIn/accounts/$accountId/audit' });
  const show = (change: Partial<AuditView>) =>
    void navigate({ to: '.', search: { ...view, ...change }, replace: true });
  return <Audit title={t('audit.ofAccount')} place={{ accountId }} view={view} show={show} />;
}

function Audit(props: { title: string; place: Place; view: AuditView; show: (change: Partial<AuditView>) => void }) {
  const { title, place, view, show } = props;
  const { t } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const mayInProject = useMayInProject('projectId' in place ? place.projectId : undefined);
  const mayInAccount = useMayInAccount('accountId' in place ? place.accountId : undefined);
  const mayRead = 'projectId' in place ? mayInProject('audit.read') : mayInAccount('audit.read');
  return (
    <>
      <PageHead title={title}>
        <SpanPicker view={view} span={spanOf(view, Date.now())} onChange={show} />
      </PageHead>
      <Flex gap={8} wrap justify="space-between" style={{ marginBottom: 16 }}>
        <AuditFilters place={place} view={view} show={show} />
        <Flex gap={8} wrap>
          {data?.user.isOperator === true && <VerifyLog />}
          {mayRead && (
            <>
              <Button href={exportPath(place, view, 'csv')} download>
                {t('audit.csv')}
              </Button>
              <Button href={exportPath(place, view, 'jsonl')} download>
                {t('audit.jsonl')}
              </Button>
            </>
          )}
        </Flex>
      </Flex>
      <AuditList place={place} view={view} show={show} />
    </>
  );
}
