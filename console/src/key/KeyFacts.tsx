import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Flex, Tag, Typography } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { groupsQuery, keyQuery, resourcesQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { Facts } from '../shell/Facts.tsx';
import { Moment } from '../shell/Moment.tsx';
import { Age } from './Age.tsx';

/** All that is known of a key, line by line; what its class has not is left out. */
export function KeyFacts({ keyOf }: { keyOf: KeyDetails }) {
  const { t } = useTranslation();
  const lists = (list: readonly string[], none: string) =>
    list.length === 0 ? none : <code className="any">{list.join(', ')}</code>;
  const opensModels = keyOf.class !== 'management';
  const lines: readonly (readonly [string, ReactNode] | false)[] = [
    [t('keys.description'), keyOf.description === '' ? '–' : <span className="any">{keyOf.description}</span>],
    keyOf.parentKeyId !== null && [t('key.madeFrom'), <ParentName key="parent" id={keyOf.parentKeyId} />],
    opensModels && [t('keys.scope'), <ScopeNames key="scope" keyOf={keyOf} />],
    keyOf.groupId !== null && [t('keys.group'), <GroupName key="group" keyOf={keyOf} id={keyOf.groupId} />],
    [t('keys.ipAllow'), lists(keyOf.ipAllow, t('key.anywhere'))],
    [t('keys.ipDeny'), lists(keyOf.ipDeny, t('key.nowhere'))],
    [t('keys.expires'), <Moment key="expires" at={keyOf.expiresAt} none={t('keys.noExpiry')} />],
    keyOf.region !== null && [t('key.region'), keyOf.region],
    [t('keys.creator'), keyOf.owner.present ? keyOf.owner.name : `${keyOf.owner.name} · ${t('keys.ownerGone')}`],
    [
      t('keys.created'),
      <span key="created">
        <Moment at={keyOf.createdAt} />
        <Age since={keyOf.createdAt} />
      </span>,
    ],
    [
      t('keys.lastUsed'),
      <span key="used">
        <Moment at={keyOf.lastUsedAt} none={t('keys.never')} />
        {keyOf.lastUsedAddress !== null && <> · {keyOf.lastUsedAddress}</>}
      </span>,
    ],
    [
      'ID',
      <Typography.Text key="id" copyable className="mono any">
        {keyOf.id}
      </Typography.Text>,
    ],
  ];
  return <Facts facts={lines.filter((line) => line !== false)} />;
}

function ParentName({ id }: { id: string }) {
  const { data } = useQuery(keyQuery(id));
  return (
    <Link to="/keys/$keyId" params={{ keyId: id }} className="any">
      {data?.name ?? id}
    </Link>
  );
}

function GroupName({ keyOf: { projectId }, id }: { keyOf: KeyDetails; id: string }) {
  const { data } = useQuery({ ...groupsQuery(projectId ?? ''), enabled: projectId !== null });
  return <>{data?.data.find((one) => one.id === id)?.name ?? id}</>;
}

/** The resources by their names, as far as the project still has them. */
function ScopeNames({ keyOf: { scope, projectId } }: { keyOf: KeyDetails }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    ...resourcesQuery(projectId ?? ''),
    enabled: projectId !== null && scope.mode === 'range',
  });
  if (scope.mode === 'all') return <>{t('scope.allWhy')}</>;
  return (
    <Flex gap={4} wrap>
      {scope.resources.map(({ type, id, access }) => {
        const name = data?.[type].find((one) => one.id === id)?.name ?? id;
        return <Tag key={`${type}:${id}`}>{access === 'read' ? t('scope.readOnly', { name }) : name}</Tag>;
      })}
    </Flex>
  );
}
