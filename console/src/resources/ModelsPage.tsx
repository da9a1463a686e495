import { CodeOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Button, Empty, Flex, Select, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { accountsQuery, groupsQuery, projectsQuery } from '../api/queries.ts';
import type { Model, OpenGroup } from '../api/types.ts';
import { SearchField } from '../form/SearchField.tsx';
import { CopyButton } from '../shell/CopyButton.tsx';
import { List } from '../shell/List.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import type { Column } from '../shell/Table.tsx';
import { Count } from './Count.tsx';
import { Prices } from './Prices.tsx';
import { modelsQuery } from './queries.ts';
import { RegionsPanel } from './RegionsPanel.tsx';
import { TryDrawer } from './TryDrawer.tsx';

const NONE = 'none';

/** What keys of a project can call, and what it costs them. */
export function ModelsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/models' });
  const view = useSearch({ from: '/signedIn/projects/$projectId/models' });
  const list = useInfiniteQuery(modelsQuery(projectId, view.search));
  const { group, groups, isDefault } = useGroup(projectId, view.group);
  const tried = list.data?.pages.flatMap(({ data }) => data).find(({ name }) => name === view.open);
  const show = (change: object) => void navigate({ to: '.', search: { ...view, ...change }, replace: true });

  const priceOf = (model: Model) =>
    group?.models && !group.models.includes(model.name) ? (
      <span className="soft">{t('resources.models.closed')}</span>
    ) : (
      <Prices prices={model.prices} multiplier={Number(group?.priceMultiplier ?? 1)} />
    );
  const columns: readonly Column<Model>[] = [
    {
      key: 'name',
      title: t('resources.models.name'),
      render: ({ name, projectId: own }) => (
        <Flex gap={4} align="center">
          <code className="any">{name}</code>
          <CopyButton type="text" size="small" text={name} label={t('resources.copy', { name })} />
          {own !== null && <Tag>{t('resources.models.own')}</Tag>}
        </Flex>
      ),
    },
    { key: 'owner', title: t('resources.models.ownedBy'), from: 992, render: ({ ownedBy }) => ownedBy },
    {
      key: 'protocols',
      title: t('resources.models.protocols'),
      from: 768,
      render: ({ protocols }) => (
        <Flex gap={4} wrap>
          {protocols.map((one) => (
            <Tag key={one}>{t(`resources.protocol.${one}`)}</Tag>
          ))}
        </Flex>
      ),
    },
    {
      key: 'most',
      title: t('resources.models.most'),
      from: 1200,
      kind: 'number',
      render: ({ maxOutputTokens }) => <Count of={maxOutputTokens} />,
    },
    {
      key: 'prices',
      title: t('resources.models.prices'),
      from: 576,
      render: priceOf,
    },
    {
      key: 'try',
      title: t('resources.try'),
      render: (model) => (
        <Button
          icon={<CodeOutlined />}
          aria-label={t('resources.tryIt', { name: model.name })}
          onClick={() => show({ open: model.name })}
        />
      ),
    },
  ];

  return (
    <>
      <PageHead title={t('resources.models.title')} />
      <p className="soft">{t('resources.models.why')}</p>
      <Flex gap={8} wrap style={{ marginBottom: 16 }} role="search">
        <SearchField
          key={projectId}
          label={t('resources.models.search')}
          value={view.search}
          onSearch={(search) => show({ search })}
        />
        {groups.length > 0 && (
          <Select
            aria-label={t('resources.models.group')}
            style={{ minWidth: 220 }}
            value={group?.id ?? NONE}
            onChange={(next) => show({ group: next })}
            options={[
              ...(isDefault ? [] : [{ value: NONE, label: t('resources.models.noGroup') }]),
              ...groups.map(({ id, name }) => ({ value: id, label: t('resources.models.inGroup', { name }) })),
            ]}
          />
        )}
      </Flex>
      <List
        label={t('resources.models.title')}
        list={list}
        columns={columns}
        empty={
          <Empty
            description={view.search === undefined ? t('resources.models.none') : t('resources.models.noneFound')}
          />
        }
      />
      <RegionsPanel />
      {tried && (
        <TryDrawer name={tried.name} protocols={tried.protocols} onClose={() => show({ open: undefined })}>
          <h2 style={{ fontSize: 15, margin: '20px 0 8px' }}>{t('resources.models.prices')}</h2>
          {priceOf(tried)}
        </TryDrawer>
      )}
    </>
  );
}

/** The group whose prices are shown: the one asked for, or what keys of the account are in by themselves. */
function useGroup(
  projectId: string,
  wanted: string | undefined,
): { group: OpenGroup | undefined; groups: readonly OpenGroup[]; isDefault: boolean } {
  const groups = useQuery(groupsQuery(projectId)).data?.data ?? [];
  const projects = useQuery(projectsQuery);
  const accounts = useQuery(accountsQuery);
  const accountId = projects.data?.data.find(({ id }) => id === projectId)?.accountId;
  const byDefault = accounts.data?.data.find(({ id }) => id === accountId)?.defaultGroupId ?? undefined;
  const find = (id: string | undefined) => groups.find((one) => one.id === id);
  return { group: find(wanted) ?? find(byDefault), groups, isDefault: byDefault !== undefined };
}
