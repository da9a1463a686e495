import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Empty, Flex, Modal, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { List } from '../shell/List.tsx';
import { State } from '../shell/State.tsx';
import { Moment } from '../shell/Moment.tsx';
import type { Column } from '../shell/Table.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { membersQuery, pathOf, type Left, type Member, type Place, type Role } from './queries.ts';
import { RoleSelect } from './RoleSelect.tsx';

/** The people of a place, with what they are there. Who manages them changes and ends it here. */
export function MemberTable({ place, mayManage }: { place: Place; mayManage: boolean }) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const [left, setLeft] = useState<(Left & { readonly name: string }) | null>(null);
  const list = useInfiniteQuery(membersQuery(place));
  const me = useQuery(sessionQuery).data?.user;
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  const mine = rows.find(({ userId }) => userId === me?.id)?.role;
  // Nobody grants or changes a role above their own; where theirs is not known the server decides.
  const mayBeOwner = me?.isOperator === true || mine === undefined || mine === 'owner';
  const refresh = [['members'], ['rights'], ['invitations']];
  const isAccount = place.projectId === null;
  const nameOf = ({ name, email, userId }: Member) => name ?? email ?? userId;

  const put = (one: Member, change: { role: Role; mayRequestQuota?: boolean }) =>
    call('PUT', `${pathOf(place)}/${one.userId}`, { body: change });
  const setRole = (one: Member, role: Role) =>
    void act(() => put(one, { role }), {
      done: t('members.roleSet', { name: nameOf(one), role: t(`members.role.${role}`) }),
      refresh,
      undo: () => put(one, { role: one.role }),
    });
  const setMayAsk = (one: Member, mayRequestQuota: boolean) =>
    void act(() => put(one, { role: one.role, mayRequestQuota }), { done: t('members.saved'), refresh });

  const remove = (one: Member) =>
    confirm({
      title: t('members.removeTitle', { name: nameOf(one) }),
      content: (
        <>
          <p>{isAccount ? t('members.removeFromAccount') : t('members.removeFromProject')}</p>
          <p>{t('members.keysStay')}</p>
        </>
      ),
      okText: t('members.remove'),
      onOk: () =>
        act(() => call<Left>('DELETE', `${pathOf(place)}/${one.userId}`), {
          done: t('members.removed', { name: nameOf(one) }),
          refresh,
          onDone: (answer) => {
            if (answer.count > 0) setLeft({ ...answer, name: nameOf(one) });
          },
        }),
    });

  const columns: readonly Column<Member>[] = [
    {
      key: 'name',
      title: t('members.name'),
      render: (one) => (
        <>
          <Flex gap={8} wrap align="center">
            <span className="any">{nameOf(one)}</span>
            {one.userId === me?.id && <State kind="good">{t('members.you')}</State>}
            {one.status === 'disabled' && <State kind="warn">{t('members.disabled')}</State>}
          </Flex>
          <div className="soft any">{one.email}</div>
        </>
      ),
    },
    {
      key: 'role',
      title: t('members.roleTitle'),
      render: (one) =>
        mayManage && (one.role !== 'owner' || mayBeOwner) ? (
          <RoleSelect
            label={t('members.roleOf', { name: nameOf(one) })}
            value={one.role}
            roles={isAccount ? (mayBeOwner ? ['owner', 'admin', 'member'] : ['admin', 'member']) : ['admin', 'member']}
            onChange={(role) => setRole(one, role)}
          />
        ) : (
          t(`members.role.${one.role}`)
        ),
    },
    ...(isAccount && mayManage
      ? [
          {
            key: 'quota',
            title: t('members.mayAsk'),
            from: 768,
            render: (one: Member) =>
              one.role === 'member' ? (
                <Switch
                  size="small"
                  checked={one.mayRequestQuota}
                  onChange={(checked) => setMayAsk(one, checked)}
                  aria-label={t('members.mayAskOf', { name: nameOf(one) })}
                />
              ) : (
                t('members.always')
              ),
          } as const,
        ]
      : []),
    { key: 'added', title: t('members.added'), from: 992, render: ({ createdAt }) => <Moment at={createdAt} /> },
    ...(mayManage
      ? [
          {
            key: 'remove',
            title: '',
            render: (one: Member) => (
              <Button
                size="small"
                onClick={() => remove(one)}
                aria-label={t('members.removeOne', { name: nameOf(one) })}
              >
                {t('members.remove')}
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <List
        label={isAccount ? t('members.ofAccount') : t('members.title')}
        list={list}
        columns={columns}
        empty={<Empty description={t('members.none')} />}
      />
      {left && (
        <Modal
          open
          title={t('members.left', { count: left.count, name: left.name })}
          onCancel={() => setLeft(null)}
          footer={
            <Button type="primary" onClick={() => setLeft(null)}>
              {t('once.done')}
            </Button>
          }
        >
          <LeftKeys left={left} />
        </Modal>
      )}
    </>
  );
}

/** What somebody made and leaves behind; it keeps working. */
function LeftKeys({ left }: { left: Left }) {
  const { t } = useTranslation();
  return (
    <>
      <p>{t('members.leftWhy')}</p>
      <ul style={{ paddingInlineStart: 20, maxHeight: 240, overflowY: 'auto' }}>
        {left.keys.map(({ id, name, masked, class: kind }) => (
          <li key={id}>
            <Link to="/keys/$keyId" params={{ keyId: id }} className="any">
              {name}
            </Link>{' '}
            <code>{masked}</code> {kind === 'management' && <State kind="warn">{t('keys.class.management')}</State>}
          </li>
        ))}
      </ul>
    </>
  );
}
