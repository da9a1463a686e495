import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Flex, Grid, Spin, Typography } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { sessionQuery } from '../../api/queries.ts';
import { Facts } from '../../shell/Facts.tsx';
import { Moment } from '../../shell/Moment.tsx';
import { PartError } from '../../shell/PartError.tsx';
import { useAct } from '../../shell/useAct.tsx';
import { useConfirm } from '../../shell/useConfirm.ts';
import { userQuery, type MadeLink, type OneTimeLink, type User } from '../queries.ts';
import { PersonStatus } from './PersonStatus.tsx';

/** One person, and what the operator can do about them, each with what it does. */
export function PersonPanel(props: { id: string; onClose: () => void; onLink: (made: MadeLink) => void }) {
  const { id, onClose, onLink } = props;
  const { t } = useTranslation();
  const screens = Grid.useBreakpoint();
  const asked = useQuery(userQuery(id));
  const { data: user, error } = asked;
  return (
    <Drawer open title={user?.name ?? t('people.person')} onClose={onClose} size={screens.sm ? 520 : '100%'}>
      <PartError of={asked} />
      {!user && !error && <Spin />}
      {user && (
        <>
          <Facts
            facts={[
              [t('people.status'), <PersonStatus key="status" status={user.status} />],
              [
                t('form.email'),
                <span key="email" className="any">
                  {user.email}
                </span>,
              ],
              [t('people.role'), t(user.isOperator ? 'people.operator' : 'people.ordinary')],
              [t('people.secondFactor'), t(user.twoFactor ? 'people.secondOn' : 'people.secondOff')],
              [t('people.created'), <Moment key="created" at={user.createdAt} />],
              [
                'ID',
                <Typography.Text key="id" copyable className="mono any">
                  {user.id}
                </Typography.Text>,
              ],
            ]}
          />
          <Actions user={user} onLink={onLink} />
        </>
      )}
    </Drawer>
  );
}

function Actions({ user, onLink }: { user: User; onLink: (made: MadeLink) => void }) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const session = useQuery(sessionQuery);
  const { id, name, status, isOperator } = user;
  const isSelf = session.data?.user.id === id;
  const refresh = [['user', id], ['people']];
  const change = (body: object) => call('PATCH', `/people/${id}`, { body });
  const link = (path: string) => call<OneTimeLink>('POST', `/people/${id}/${path}`);

  return (
    <div style={{ marginTop: 12 }}>
      <Action
        title={t('people.reset')}
        why={t('people.resetWhy')}
        onClick={() =>
          void act(() => link('password-reset'), {
            done: t('people.linkMade'),
            onDone: (made) => onLink({ link: made, name }),
          })
        }
      />
      <Action
        title={t('people.endSessions')}
        why={t('people.endSessionsWhy')}
        onClick={() =>
          confirm({
            title: t('people.endSessionsTitle', { name }),
            content: t('people.endSessionsWhy'),
            okText: t('people.endSessions'),
            onOk: () =>
              void act(() => call('POST', `/people/${id}/end-sessions`), { done: t('people.endedSessions', { name }) }),
          })
        }
      />
      <Action
        danger
        title={t('people.removeSecond')}
        why={t('people.removeSecondWhy')}
        onClick={() =>
          confirm({
            title: t('people.removeSecondTitle', { name }),
            content: t('people.removeSecondAsk'),
            okText: t('people.removeSecond'),
            onOk: () =>
              void act(() => link('remove-second-factor'), {
                done: t('people.linkMade'),
                refresh,
                onDone: (made) => onLink({ link: made, name }),
              }),
          })
        }
      />
      {!isSelf && (
        <Action
          danger={!isOperator}
          title={t(isOperator ? 'people.endOperator' : 'people.makeOperator')}
          why={t(isOperator ? 'people.endOperatorWhy' : 'people.operatorWhy')}
          onClick={() =>
            confirm({
              title: t(isOperator ? 'people.endOperatorTitle' : 'people.makeOperatorTitle', { name }),
              content: t(isOperator ? 'people.endOperatorWhy' : 'people.operatorWhy'),
              okText: t(isOperator ? 'people.endOperator' : 'people.makeOperator'),
              onOk: () =>
                void act(() => change({ isOperator: !isOperator }), {
                  done: t('people.saved', { name }),
                  refresh,
                  undo: () => change({ isOperator }),
                }),
            })
          }
        />
      )}
      {!isSelf && status === 'active' && (
        <Action
          danger
          title={t('people.disable')}
          why={t('people.disableWhy')}
          onClick={() =>
            confirm({
              title: t('people.disableTitle', { name }),
              content: t('people.disableWhy'),
              okText: t('people.disable'),
              onOk: () =>
                void act(() => change({ status: 'disabled' }), {
                  done: t('people.disabled', { name }),
                  refresh,
                  undo: () => change({ status: 'active' }),
                }),
            })
          }
        />
      )}
      {status === 'disabled' && (
        <Action
          title={t('people.enable')}
          why={t('people.enableWhy')}
          onClick={() => void act(() => change({ status: 'active' }), { done: t('people.enabled', { name }), refresh })}
        />
      )}
    </div>
  );
}

/** A button, and beside it what it does. */
function Action(props: { title: string; why: ReactNode; danger?: boolean; onClick: () => void }) {
  const { title, why, danger = false, onClick } = props;
  return (
    <Flex
      gap={16}
      wrap
      align="center"
      justify="space-between"
      style={{ borderTop: '1px solid var(--line)', padding: '14px 0' }}
    >
      <span className="soft" style={{ flex: '1 1 240px' }}>
        {why}
      </span>
      <Button danger={danger} onClick={onClick}>
        {title}
      </Button>
    </Flex>
  );
}
