import { WarningOutlined } from '@ant-design/icons';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Flex, Tag, Tooltip } from 'antd';
import { useCallback, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListedKey, Page } from '../api/types.ts';
import { useMayWithKey } from '../key/keyRights.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import type { Column, Selection } from '../shell/Table.tsx';
import { MaskedKey } from './MaskedKey.tsx';
import { MiniMeters } from './MiniMeters.tsx';
import { ScopeTag } from './ScopeTag.tsx';
import { StatusSwitch } from './StatusSwitch.tsx';

const NO_MORE: readonly Column<ListedKey>[] = [];

/** A row opens its key; the switch in it acts by itself. `more`: columns that belong to this list alone, after the name. */
export function KeyTable(props: {
  list: UseInfiniteQueryResult<InfiniteData<Page<ListedKey>>>;
  more?: readonly Column<ListedKey>[];
  selection?: Selection<ListedKey> | undefined;
  hasRegions?: boolean;
  empty: ReactNode;
}) {
  const { list, more = NO_MORE, selection, hasRegions = false, empty } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();

  const columns = useMemo(
    (): readonly Column<ListedKey>[] => [
      { title: t('keys.name'), key: 'name', render: (key) => <KeyName keyOf={key} /> },
      ...more,
      { title: t('keys.key'), key: 'masked', from: 576, render: (key) => <MaskedKey keyOf={key} /> },
      { title: t('keys.status'), key: 'status', kind: 'short', render: (key) => <KeyStatus keyOf={key} /> },
      {
        title: t('keys.scope'),
        key: 'scope',
        from: 768,
        kind: 'short',
        render: (key) => <ScopeTag scope={key.scope} />,
      },
      {
        title: t('limits.title'),
        key: 'limits',
        from: 992,
        inCards: true,
        render: ({ limits = [] }) =>
          limits.length === 0 ? <span className="soft none">–</span> : <MiniMeters limits={limits} />,
      },
      ...(hasRegions
        ? [
            {
              title: t('keys.region'),
              key: 'region',
              from: 992,
              render: (key: ListedKey) => key.region ?? '–',
            } as const,
          ]
        : []),
      { title: t('keys.made'), key: 'created', from: 992, render: (key) => <Made keyOf={key} /> },
      {
        title: t('keys.lastUsed'),
        key: 'lastUsed',
        from: 992,
        kind: 'short',
        render: (key) => <Moment at={key.lastUsedAt} none={t('keys.never')} />,
      },
      {
        title: t('keys.expires'),
        key: 'expires',
        from: 1200,
        kind: 'short',
        render: (key) => <Moment at={key.expiresAt} none={t('keys.noExpiry')} />,
      },
    ],
    [t, more, hasRegions],
  );
  const open = useCallback(
    (key: ListedKey) => void navigate({ to: '/keys/$keyId', params: { keyId: key.id } }),
    [navigate],
  );

  return (
    <List label={t('keys.title')} list={list} columns={columns} onOpen={open} selection={selection} empty={empty} />
  );
}

/** When it was made, and by whom. */
export function Made({ keyOf: { createdAt, owner } }: { keyOf: Pick<ListedKey, 'createdAt' | 'owner'> }) {
  const { t } = useTranslation();
  return (
    <>
      <Moment at={createdAt} />
      <span className="soft line maker" title={t('keys.madeBy', { name: owner.name })}>
        {!owner.present && (
          <Tooltip title={t('keys.ownerGone')}>
            <WarningOutlined aria-label={t('keys.ownerGone')} />{' '}
          </Tooltip>
        )}
        {owner.name}
      </span>
    </>
  );
}

/** To be switched by who may. */
function KeyStatus({ keyOf: key }: { keyOf: ListedKey }) {
  const { t } = useTranslation();
  const may = useMayWithKey(key);
  return may('keys.change') ? <StatusSwitch keyOf={key} /> : t(`state.${key.state}`);
}

/** What it is called, what kind it is, and what it is for. */
export function KeyName({ keyOf: key }: { keyOf: ListedKey }) {
  const { t } = useTranslation();
  return (
    <Flex vertical gap={2}>
      <Flex gap={6} align="center" wrap>
        <Link to="/keys/$keyId" params={{ keyId: key.id }} className="any" onClick={(event) => event.stopPropagation()}>
          {key.name}
        </Link>
        {key.class !== 'standard' && <Tag>{t(`keys.class.${key.class}`)}</Tag>}
        {key.isDefault && <Tag>{t('keys.default')}</Tag>}
        {key.environment !== null && <Tag color="blue">{key.environment}</Tag>}
      </Flex>
      {key.description !== '' && <span className="soft line fits">{key.description}</span>}
    </Flex>
  );
}
