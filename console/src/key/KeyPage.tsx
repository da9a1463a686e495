import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Alert, Button, Card, Descriptions, Flex, Space, Tag, Typography } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyQuery, rightsQuery, resourcesQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { Connect } from '../keys/Connect.tsx';
import { StatusSwitch } from '../keys/StatusSwitch.tsx';
import { ValueDialog } from '../keys/ValueDialog.tsx';
import { Moment } from '../shell/Moment.tsx';
import { PageError } from '../shell/PageError.tsx';
import { DeleteKey } from './DeleteKey.tsx';
import { LimitMeters } from './LimitMeters.tsx';
import { RotateKey } from './RotateKey.tsx';

const EditKey = lazy(async () => ({ default: (await import('./EditKey.tsx')).EditKey }));

/** One key: what it may do, where its limits stand, and what can be done with it. */
export function KeyPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { keyId } = useParams({ from: '/signedIn/keys/$keyId' });
  const { data: key, error, refetch } = useQuery({ ...keyQuery(keyId), refetchInterval: 15_000 });
  const rights = useQuery({ ...rightsQuery(key?.projectId ?? ''), enabled: typeof key?.projectId === 'string' });
  const [open, setOpen] = useState<'edit' | 'rotate' | 'delete' | null>(null);
  const [value, setValue] = useState<string | null>(null);
  if (!key) return error ? <PageError error={error} reset={() => void refetch()} /> : null;

  const may = (permission: string) => (rights.data?.permissions[permission] ?? 'forbidden') !== 'forbidden';
  const back = () =>
    key.projectId === null
      ? void navigate({ to: '/' })
      : void navigate({ to: '/projects/$projectId/keys', params: { projectId: key.projectId } });

  return (
    <>
      <title>{`${key.name} · Keyward`}</title>
      {key.projectId !== null && (
        <Link to="/projects/$projectId/keys" params={{ projectId: key.projectId }}>
          ← {t('keys.title')}
        </Link>
      )}
      <Flex justify="space-between" align="center" wrap gap={12} style={{ margin: '8px 0 16px' }}>
        <Flex gap={12} align="center" wrap>
          <Typography.Title level={1} style={{ fontSize: 24, margin: 0, overflowWrap: 'anywhere' }}>
            {key.name}
          </Typography.Title>
          <code>{key.masked}</code>
          {key.environment !== null && <Tag color="blue">{key.environment}</Tag>}
          <StatusSwitch keyOf={key} />
        </Flex>
        <Space wrap>
          {key.projectId !== null && may('usage.read') && (
            <Link
              to="/projects/$projectId/usage"
              params={{ projectId: key.projectId }}
              search={{ keyId: key.id, by: 'address' }}
            >
              {t('key.usage')}
            </Link>
          )}
          {may('keys.change') && <Button onClick={() => setOpen('edit')}>{t('key.edit')}</Button>}
          {may('keys.rotate') && <Button onClick={() => setOpen('rotate')}>{t('key.rotate')}</Button>}
          {may('keys.delete') && (
            <Button danger onClick={() => setOpen('delete')}>
              {t('key.delete')}
            </Button>
          )}
        </Space>
      </Flex>
      {error && <Alert type="error" showIcon title={error.message} style={{ marginBottom: 16 }} />}
      <Flex gap={16} wrap align="stretch">
        <Card title={t('key.what')} style={{ flex: '1 1 420px', minWidth: 0 }}>
          <Facts facts={key} />
        </Card>
        <Card title={t('limits.title')} style={{ flex: '1 1 360px', minWidth: 0 }}>
          <LimitMeters limits={key.limits} />
        </Card>
        <Card title={t('key.connect')} style={{ flex: '1 1 100%', minWidth: 0 }}>
          <Connect />
        </Card>
      </Flex>
      <Suspense>{open === 'edit' && <EditKey keyOf={key} onClose={() => setOpen(null)} />}</Suspense>
      {open === 'rotate' && (
        <RotateKey
          keyOf={key}
          onClose={() => setOpen(null)}
          onRotated={(next) => {
            setOpen(null);
            setValue(next);
          }}
        />
      )}
      {open === 'delete' && <DeleteKey keyOf={key} onClose={() => setOpen(null)} onDeleted={back} />}
      {value !== null && <ValueDialog name={key.name} value={value} onClose={() => setValue(null)} />}
    </>
  );
}

function Facts({ facts }: { facts: KeyDetails }) {
  const { t } = useTranslation();
  const lists = (list: readonly string[], none: string) =>
    list.length === 0 ? none : <code style={{ overflowWrap: 'anywhere' }}>{list.join(', ')}</code>;
  return (
    <Descriptions
      column={1}
      size="small"
      colon={false}
      styles={{ label: { width: 140, color: 'var(--soft)' } }}
      items={[
        {
          key: 'description',
          label: t('keys.description'),
          children: facts.description === '' ? '–' : facts.description,
        },
        { key: 'scope', label: t('keys.scope'), children: <ScopeNames keyOf={facts} /> },
        { key: 'allow', label: t('keys.ipAllow'), children: lists(facts.ipAllow, t('key.anywhere')) },
        { key: 'deny', label: t('keys.ipDeny'), children: lists(facts.ipDeny, t('key.nowhere')) },
        {
          key: 'expires',
          label: t('keys.expires'),
          children: <Moment at={facts.expiresAt} none={t('keys.noExpiry')} />,
        },
        {
          key: 'creator',
          label: t('keys.creator'),
          children: facts.owner.present ? facts.owner.name : `${facts.owner.name} (${t('keys.ownerGone')})`,
        },
        { key: 'created', label: t('keys.created'), children: <Moment at={facts.createdAt} /> },
        {
          key: 'used',
          label: t('keys.lastUsed'),
          children: (
            <span>
              <Moment at={facts.lastUsedAt} none={t('keys.never')} />
              {facts.lastUsedAddress !== null && <> · {facts.lastUsedAddress}</>}
            </span>
          ),
        },
        {
          key: 'id',
          label: 'ID',
          children: (
            <Typography.Text code copyable>
              {facts.id}
            </Typography.Text>
          ),
        },
      ]}
    />
  );
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
