import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Empty } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listQuery } from '../../api/queries.ts';
import { List } from '../../shell/List.tsx';
import { PageHead } from '../../shell/PageHead.tsx';
import type { Column } from '../../shell/Table.tsx';
import { DeleteButton } from '../DeleteButton.tsx';
import { DeleteDialog } from '../DeleteDialog.tsx';
import type { Group } from '../queries.ts';
import { GroupForm } from './GroupForm.tsx';

/** Tiers that keys are put in: what they open, and at which multiple of the prices. */
export function GroupsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { open } = useSearch({ from: '/signedIn/platform/groups' });
  const list = useInfiniteQuery(listQuery<Group>(['groups', 'list'], '/groups'));
  const [isCreating, setCreating] = useState(false);
  const [removed, setRemoved] = useState<Group | null>(null);
  const show = (id: string | undefined) => void navigate({ to: '.', search: { open: id }, replace: true });
  const opened = list.data?.pages.flatMap(({ data }) => data).find(({ id }) => id === open);

  const columns: readonly Column<Group>[] = [
    {
      key: 'name',
      title: t('groups.name'),
      render: ({ id, name, description }) => (
        <>
          <Link
            to="/platform/groups"
            search={{ open: id }}
            className="any"
            onClick={(event) => event.stopPropagation()}
          >
            {name}
          </Link>
          <div className="soft any">{description}</div>
        </>
      ),
    },
    {
      key: 'price',
      title: t('groups.multiplier'),
      kind: 'number',
      render: ({ priceMultiplier }) => `× ${priceMultiplier}`,
    },
    {
      key: 'opens',
      title: t('groups.opens'),
      from: 576,
      render: ({ opens }) =>
        opens.mode === 'all' ? t('groups.everyModel') : t('groups.named', { count: opens.resources.length }),
    },
    {
      key: 'for',
      title: t('groups.openTo'),
      from: 768,
      render: ({ openTo }) =>
        openTo.mode === 'all' ? t('groups.everybody') : t('groups.places', { count: openTo.places.length }),
    },
    {
      key: 'delete',
      title: '',
      render: (group) => <DeleteButton name={group.name} onClick={() => setRemoved(group)} />,
    },
  ];
  return (
    <>
      <PageHead title={t('groups.title')}>
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
          {t('groups.create')}
        </Button>
      </PageHead>
      <p className="soft">{t('groups.why')}</p>
      <List
        label={t('groups.title')}
        list={list}
        columns={columns}
        onOpen={({ id }) => show(id)}
        empty={<Empty description={t('groups.none')} />}
      />
      {isCreating && <GroupForm onClose={() => setCreating(false)} />}
      {opened && <GroupForm key={opened.id} group={opened} onClose={() => show(undefined)} />}
      {removed && (
        <DeleteDialog
          name={removed.name}
          path={`/groups/${removed.id}`}
          refresh={['groups']}
          onClose={() => setRemoved(null)}
        >
          <p>{t('groups.deleteWhy')}</p>
        </DeleteDialog>
      )}
    </>
  );
}
