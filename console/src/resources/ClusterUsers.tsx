import { DeleteOutlined, EditOutlined, PlusOutlined, RedoOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Flex, Switch, Tooltip } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import { OnceDialog, Copied } from '../shell/OnceDialog.tsx';
import { Snippets } from '../shell/Snippets.tsx';
import type { Column } from '../shell/Table.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { ClusterUserForm } from './ClusterUserForm.tsx';
import { usersQuery } from './queries.ts';
import { userSnippets } from './snippets.ts';
import type { ClusterUser, Service, UserWithPassword } from './types.ts';

/** User names and passwords that open this one service. Admins look after them; members see them. */
export function ClusterUsers({ service, mayManage }: { service: Service; mayManage: boolean }) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const list = useInfiniteQuery(usersQuery(service.id));
  const [form, setForm] = useState<{ user?: ClusterUser } | null>(null);
  const [made, setMade] = useState<UserWithPassword | null>(null);
  const refresh = [['clusterUsers', service.id]];
  const at = (user: ClusterUser) => `/services/${service.id}/users/${user.id}`;

  const reset = (user: ClusterUser) =>
    confirm({
      title: t('resources.users.resetTitle', { name: user.username }),
      content: t('resources.users.resetWhy'),
      okText: t('resources.users.reset'),
      onOk: () =>
        act(async () => setMade(await call<UserWithPassword>('POST', `${at(user)}/reset-password`, { body: {} })), {
          done: t('resources.users.resetDone', { name: user.username }),
          refresh,
        }),
    });
  const remove = (user: ClusterUser) =>
    confirm({
      title: t('resources.removeTitle', { name: user.username }),
      content: (
        <>
          {t('resources.users.removeWhy')}{' '}
          {user.lastUsedAt === null ? (
            t('resources.users.neverUsed')
          ) : (
            <>
              {t('keys.lastUsed')}: <Moment at={user.lastUsedAt} />
            </>
          )}
        </>
      ),
      okText: t('resources.remove'),
      onOk: () =>
        act(() => call('DELETE', at(user)), { done: t('resources.removed', { name: user.username }), refresh }),
    });

  const columns: readonly Column<ClusterUser>[] = [
    {
      key: 'name',
      title: t('resources.users.name'),
      render: ({ username, description }) => (
        <Flex vertical gap={2}>
          <code className="any">{username}</code>
          {description !== '' && <span className="soft line">{description}</span>}
        </Flex>
      ),
    },
    {
      key: 'role',
      title: t('resources.users.role'),
      kind: 'short',
      render: ({ role }) => t(`resources.users.roles.${role}`),
    },
    {
      key: 'paths',
      title: t('resources.users.paths'),
      from: 768,
      render: ({ paths }) =>
        paths.includes('/**') ? t('resources.users.everyPath') : <code className="any">{paths.join(', ')}</code>,
    },
    {
      key: 'status',
      title: t('keys.status'),
      from: 576,
      kind: 'short',
      render: (user) => <UserStatus user={user} at={at(user)} mayChange={mayManage} />,
    },
    {
      key: 'used',
      title: t('keys.lastUsed'),
      from: 992,
      kind: 'short',
      render: ({ lastUsedAt }) => <Moment at={lastUsedAt} none={t('keys.never')} />,
    },
    {
      key: 'expires',
      title: t('keys.expires'),
      from: 1200,
      kind: 'short',
      render: ({ expiresAt }) => <Moment at={expiresAt} none={t('keys.noExpiry')} />,
    },
    ...(mayManage ? [actions()] : []),
  ];

  function actions(): Column<ClusterUser> {
    const button = (icon: ReactNode, label: string, onClick: () => void, danger = false) => (
      <Tooltip title={label}>
        <Button type="text" danger={danger} icon={icon} aria-label={label} onClick={onClick} />
      </Tooltip>
    );
    return {
      key: 'actions',
      title: t('resources.actions'),
      render: (user) => (
        <Flex>
          {button(<EditOutlined />, t('resources.edit', { name: user.username }), () => setForm({ user }))}
          {button(<RedoOutlined />, t('resources.users.resetOf', { name: user.username }), () => reset(user))}
          {button(<DeleteOutlined />, t('resources.delete', { name: user.username }), () => remove(user), true)}
        </Flex>
      ),
    };
  }
  const create = mayManage && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setForm({})}>
      {t('resources.users.create')}
    </Button>
  );

  return (
    <section aria-labelledby="users">
      <Flex justify="space-between" align="center" wrap gap={8}>
        <h2 id="users" style={{ fontSize: 18, margin: '8px 0' }}>
          {t('resources.users.title')}
        </h2>
        {create}
      </Flex>
      <p className="soft" style={{ marginTop: 0 }}>
        {t('resources.users.why')}
      </p>
      <List
        label={t('resources.users.title')}
        list={list}
        columns={columns}
        empty={<Empty description={t(mayManage ? 'resources.users.none' : 'resources.users.noneAsk')} />}
      />
      {form && (
        <ClusterUserForm
          serviceId={service.id}
          {...(form.user && { user: form.user })}
          onClose={() => setForm(null)}
          onMade={setMade}
        />
      )}
      {made && made.password !== null && (
        <OnceDialog title={t('resources.users.password', { name: made.username })} onClose={() => setMade(null)}>
          <Copied text={made.password} label={t('resources.users.copyPassword')} />
          <div style={{ marginTop: 12 }}>
            <Snippets
              label={t('resources.services.reach')}
              ways={userSnippets(service.name, made.username, made.password, location.origin)}
            />
          </div>
        </OnceDialog>
      )}
    </section>
  );
}

/** Acts on the user’s next request. Disabling can be taken back, and is offered to be. */
function UserStatus({ user, at, mayChange }: { user: ClusterUser; at: string; mayChange: boolean }) {
  const { t } = useTranslation();
  const act = useAct();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const isActive = wanted ?? user.status === 'active';
  const send = (enable: boolean) => call('POST', `${at}/${enable ? 'enable' : 'disable'}`);

  async function change(enable: boolean): Promise<void> {
    setWanted(enable);
    await act(() => send(enable), {
      done: t(enable ? 'status.enabled' : 'status.disabled', { name: user.username }),
      refresh: [['clusterUsers', user.serviceId]],
      ...(!enable && { undo: () => send(true) }),
    });
    setWanted(null);
  }

  return (
    <Flex gap={8} align="center">
      {mayChange && (
        <Switch
          size="small"
          checked={isActive}
          loading={wanted !== null}
          onChange={(enable) => void change(enable)}
          aria-label={t('status.switch', { name: user.username })}
        />
      )}
      <span role="status">{t(`state.${user.state}`)}</span>
    </Flex>
  );
}
