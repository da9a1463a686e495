import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Button, Spin, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { projectsQuery } from '../api/queries.ts';
import { useMayInAccount, useMayInProject } from '../shell/here.ts';
import { Moment } from '../shell/Moment.tsx';
import { Copied, OnceDialog } from '../shell/OnceDialog.tsx';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { AddToProject } from './AddToProject.tsx';
import { Invitations } from './Invitations.tsx';
import { Invite } from './Invite.tsx';
import { MemberTable } from './MemberTable.tsx';
import type { InvitationCreated, Place } from './queries.ts';
import { RoleTable } from './RoleTable.tsx';

/** Who belongs to an account, who is invited to it, and what the roles mean. */
export function AccountMembersPage() {
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/members' });
  return <MembersOf key={accountId} place={{ accountId, projectId: null }} />;
}

/** Who belongs to a project. They come into it from its account, or by an invitation to both. */
export function ProjectMembersPage() {
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/members' });
  const projects = useQuery(projectsQuery);
  if (projects.error && !projects.data)
    return <PageError error={projects.error} reset={() => void projects.refetch()} />;
  if (!projects.data) return <Spin />;
  const accountId = projects.data.data.find(({ id }) => id === projectId)?.accountId ?? '';
  return <MembersOf key={projectId} place={{ accountId, projectId }} />;
}

function MembersOf({ place }: { place: Place }) {
  const { t } = useTranslation();
  const { accountId, projectId } = place;
  const mayInAccount = useMayInAccount(accountId === '' ? undefined : accountId);
  const mayInProject = useMayInProject(projectId ?? undefined);
  const mayInvite = mayInAccount('accountMembers.manage');
  const mayManage = projectId === null ? mayInvite : mayInProject('projectMembers.manage');
  const [open, setOpen] = useState<'invite' | 'add' | null>(null);
  const [made, setMade] = useState<InvitationCreated | null>(null);
  const close = () => setOpen(null);

  return (
    <>
      <PageHead title={projectId === null ? t('members.ofAccount') : t('members.title')}>
        {projectId !== null && mayManage && mayInAccount('accountMembers.read') && (
          <Button onClick={() => setOpen('add')}>{t('members.add')}</Button>
        )}
        {mayInvite && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen('invite')}>
            {t('members.invite')}
          </Button>
        )}
      </PageHead>
      <p className="soft">
        {projectId === null ? t('members.accountWhy') : mayInvite ? t('members.projectWhy') : t('members.projectAsk')}
      </p>
      <MemberTable place={place} mayManage={mayManage} />
      {mayInvite && (
        <>
          <Heading>{t('members.invitations')}</Heading>
          <Invitations accountId={accountId} />
        </>
      )}
      <Heading>{t('roles.title')}</Heading>
      <RoleTable />
      {open === 'add' && projectId !== null && (
        <AddToProject accountId={accountId} projectId={projectId} onClose={close} />
      )}
      {open === 'invite' && (
        <Invite
          place={place}
          onClose={close}
          onInvited={(invited) => {
            close();
            setMade(invited);
          }}
        />
      )}
      {made && (
        <OnceDialog
          title={t('members.invited', { email: made.invitation.email })}
          why={t('members.linkWhy')}
          onClose={() => setMade(null)}
        >
          <Copied text={made.link.url} label={t('members.copyLink')} />
          <p className="soft">
            {t('members.linkEnds')} <Moment at={made.link.expiresAt} />
          </p>
        </OnceDialog>
      )}
    </>
  );
}

function Heading({ children }: { children: string }) {
  return (
    <Typography.Title level={2} style={{ fontSize: 18, margin: '28px 0 12px' }}>
      {children}
    </Typography.Title>
  );
}
