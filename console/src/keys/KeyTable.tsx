import { KeyOutlined, WarningOutlined } from '@ant-design/icons';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Empty, Flex, Tag, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Key, Page } from '../api/types.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import type { Column } from '../shell/Table.tsx';
import { ScopeTag } from './ScopeTag.tsx';
import { StatusSwitch } from './StatusSwitch.tsx';

/** A row opens its key; the switch in it acts by itself. */
export function KeyTable(props: {
  list: UseInfiniteQueryResult<InfiniteData<Page<Key>>>;
  isFiltered: boolean;
  mayCreate: boolean;
  onCreate: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();

  const columns: readonly Column<Key>[] = [
    {
      title: t('keys.name'),
      key: 'name',
      render: (key) => (
        <Flex vertical gap={2}>
          <Flex gap={6} align="center" wrap>
            <Link to="/keys/$keyId" params={{ keyId: key.id }} onClick={(event) => event.stopPropagation()}>
              {key.name}
            </Link>
            {key.class !== 'standard' && <Tag>{t(`keys.class.${key.class}`)}</Tag>}
            {key.isDefault && <Tag>{t('keys.default')}</Tag>}
            {key.environment !== null && <Tag color="blue">{key.environment}</Tag>}
          </Flex>
          {key.description !== '' && <span className="soft line">{key.description}</span>}
        </Flex>
      ),
    },
    {
      title: t('keys.key'),
      key: 'masked',
      from: 576,
      render: (key) => (
        <Tooltip title={t('keys.maskedWhy')}>
          <code>{key.masked}</code>
        </Tooltip>
      ),
    },
    { title: t('keys.status'), key: 'status', render: (key) => <StatusSwitch keyOf={key} /> },
    { title: t('keys.scope'), key: 'scope', from: 768, render: (key) => <ScopeTag scope={key.scope} /> },
    {
      title: t('keys.creator'),
      key: 'creator',
      from: 992,
      render: ({ owner }) =>
        owner.present ? (
          owner.name
        ) : (
          <Tooltip title={t('keys.ownerGone')}>
            <span>
              <WarningOutlined /> {owner.name}
            </span>
          </Tooltip>
        ),
    },
    { title: t('keys.created'), key: 'created', from: 1200, render: (key) => <Moment at={key.createdAt} /> },
    {
      title: t('keys.lastUsed'),
      key: 'lastUsed',
      from: 992,
      render: (key) => <Moment at={key.lastUsedAt} none={t('keys.never')} />,
    },
    {
      title: t('keys.expires'),
      key: 'expires',
      from: 1200,
      render: (key) => <Moment at={key.expiresAt} none={t('keys.noExpiry')} />,
    },
  ];

  return (
    <List
      label={t('keys.title')}
      list={props.list}
      columns={columns}
      onOpen={(key) => void navigate({ to: '/keys/$keyId', params: { keyId: key.id } })}
      empty={<NoKeys {...props} />}
    />
  );
}

/** An empty list says why it is, and what to do. */
function NoKeys(props: { isFiltered: boolean; mayCreate: boolean; onCreate: () => void }) {
  const { t } = useTranslation();
  if (props.isFiltered) return <Empty description={t('keys.noneFound')} />;
  return (
    <Empty
      image={<KeyOutlined style={{ fontSize: 40 }} />}
      description={t('keys.none')}
      styles={{ image: { height: 48 } }}
    >
      {props.mayCreate && (
        <Button type="primary" onClick={props.onCreate}>
          {t('keys.createFirst')}
        </Button>
      )}
    </Empty>
  );
}
