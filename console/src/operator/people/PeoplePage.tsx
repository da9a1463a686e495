import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Empty, Flex, Select, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listQuery } from '../../api/queries.ts';
import { SearchField } from '../../form/SearchField.tsx';
import { List } from '../../shell/List.tsx';
import { Moment } from '../../shell/Moment.tsx';
import { Copied, OnceDialog } from '../../shell/OnceDialog.tsx';
import { PageHead } from '../../shell/PageHead.tsx';
import type { Column } from '../../shell/Table.tsx';
import type { MadeLink, User } from '../queries.ts';
import { CreatePerson } from './CreatePerson.tsx';
import { PersonPanel } from './PersonPanel.tsx';
import { PersonStatus } from './PersonStatus.tsx';
import type { PeopleView } from './peopleView.ts';

/** Everybody who signs in. */
export function PeoplePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const view = useSearch({ from: '/signedIn/platform/people' });
  const { search, status, person } = view;
  const list = useInfiniteQuery(listQuery<User>(['people'], '/people', { search, status }));
  const [isCreating, setCreating] = useState(false);
  const [made, setMade] = useState<MadeLink | null>(null);
  const show = (change: PeopleView) => void navigate({ to: '.', search: { ...view, ...change }, replace: true });

  const columns: readonly Column<User>[] = [
    {
      key: 'name',
      title: t('people.name'),
      render: ({ id, name, email }) => (
        <>
          <Link
            to="/platform/people"
            search={{ ...view, person: id }}
            className="any"
            onClick={(event) => event.stopPropagation()}
          >
            {name}
          </Link>
          <div className="soft any">{email}</div>
        </>
      ),
    },
    {
      key: 'status',
      title: t('people.status'),
      render: (user) => (
        <Flex gap={8} wrap align="center">
          <PersonStatus status={user.status} />
          {user.isOperator && <Tag>{t('people.operator')}</Tag>}
        </Flex>
      ),
    },
    {
      key: 'second',
      title: t('people.secondFactor'),
      from: 768,
      render: ({ twoFactor }) => t(twoFactor ? 'people.secondOn' : 'people.secondOff'),
    },
    { key: 'created', title: t('people.created'), from: 768, render: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
  return (
    <>
      <PageHead title={t('people.title')}>
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
          {t('people.create')}
        </Button>
      </PageHead>
      <Flex gap={8} wrap align="center" style={{ marginBottom: 16 }} role="search">
        <SearchField label={t('people.search')} value={search} onSearch={(text) => show({ search: text })} />
        <Select
          allowClear
          aria-label={t('people.status')}
          placeholder={t('people.status')}
          style={{ width: 140 }}
          value={status}
          options={(['active', 'disabled'] as const).map((value) => ({ value, label: t(`people.state.${value}`) }))}
          onChange={(next) => show({ status: next })}
        />
      </Flex>
      <List
        label={t('people.title')}
        list={list}
        columns={columns}
        onOpen={({ id }) => show({ person: id })}
        empty={<Empty description={t((search ?? status) ? 'people.noneFound' : 'people.none')} />}
      />
      {isCreating && <CreatePerson onClose={() => setCreating(false)} onCreated={setMade} />}
      {person !== undefined && (
        <PersonPanel key={person} id={person} onClose={() => show({ person: undefined })} onLink={setMade} />
      )}
      {made && (
        <OnceDialog
          title={t('people.linkTitle', { name: made.name })}
          why={t('people.linkWhy')}
          onClose={() => setMade(null)}
        >
          <Copied text={made.link.url} label={t('people.copyLink')} />
          <p className="soft" style={{ marginBottom: 0 }}>
            {t('people.linkEnds')} <Moment at={made.link.expiresAt} />
          </p>
        </OnceDialog>
      )}
    </>
  );
}
