import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { projectsQuery } from '../api/queries.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import { State } from '../shell/State.tsx';
import type { Column } from '../shell/Table.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { invitationsQuery, type Invitation } from './queries.ts';

const KINDS = { open: 'warn', accepted: 'good', revoked: 'off', expired: 'off' } as const;

/** Who was invited into an account, and what became of it. Links are shown when they are made, and never again. */
export function Invitations({ accountId }: { accountId: string }) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const list = useInfiniteQuery(invitationsQuery(accountId));
  const projects = useQuery(projectsQuery).data?.data ?? [];

  const revoke = ({ id, email }: Invitation) =>
    confirm({
      title: t('members.revokeTitle', { email }),
      content: t('members.revokeWhy'),
      okText: t('members.revoke'),
      onOk: () =>
        act(() => call('POST', `/invitations/${id}/revoke`), {
          done: t('members.revoked'),
          refresh: [['invitations', accountId]],
        }),
    });

  const columns: readonly Column<Invitation>[] = [
    { key: 'email', title: t('members.email'), render: ({ email }) => <span className="any">{email}</span> },
    {
      key: 'role',
      title: t('members.roleTitle'),
      from: 576,
      render: ({ role, projectRole, projectId }) => (
        <>
          {t(`members.role.${role}`)}
          {projectRole !== null && (
            <div className="soft any">
              {t('members.roleIn', {
                project: projects.find(({ id }) => id === projectId)?.name ?? projectId,
                role: t(`members.role.${projectRole}`),
              })}
            </div>
          )}
        </>
      ),
    },
    {
      key: 'status',
      title: t('members.status'),
      render: ({ status }) => (
        <span style={{ whiteSpace: 'nowrap' }}>
          <State kind={KINDS[status]}>{t(`members.invitation.${status}`)}</State>
        </span>
      ),
    },
    {
      key: 'ends',
      title: t('members.ends'),
      from: 768,
      render: ({ status, expiresAt }) => <Moment at={status === 'open' ? expiresAt : null} />,
    },
    {
      key: 'revoke',
      title: '',
      render: (one) =>
        one.status === 'open' && (
          <Button size="small" onClick={() => revoke(one)} aria-label={t('members.revokeOne', { email: one.email })}>
            {t('members.revoke')}
          </Button>
        ),
    },
  ];
  return (
    <List
      label={t('members.invitations')}
      list={list}
      columns={columns}
      empty={<Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('members.noInvitations')} />}
    />
  );
}
