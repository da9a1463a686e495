import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Alert, Button, Card, Flex, Tag, Typography } from 'antd';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyQuery, resourcesQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { Connect } from '../keys/Connect.tsx';
import { StatusSwitch } from '../keys/StatusSwitch.tsx';
import { ValueDialog } from '../keys/ValueDialog.tsx';
import { part } from '../routes/page.ts';
import { Facts } from '../shell/Facts.tsx';
import { useMayInProject } from '../shell/here.ts';
import { Moment } from '../shell/Moment.tsx';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { DeleteKey } from './DeleteKey.tsx';
import { LimitMeters } from './LimitMeters.tsx';
import { RotateKey } from './RotateKey.tsx';

const EditKey = part(async () => (await import('./EditKey.tsx')).EditKey);

/** One key: what it may do, where its limits stand, and what can be done with it. */
export function KeyPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { keyId } = useParams({ from: '/signedIn/keys/$keyId' });
  const { data: key, error, refetch } = useQuery({ ...keyQuery(keyId), refetchInterval: 15_000 });
  const may = useMayInProject(key?.projectId ?? undefined);
  const [open, setOpen] = useState<'edit' | 'rotate' | 'delete' | null>(null);
  const [value, setValue] = useState<string | null>(null);
  if (!key) return error ? <PageError error={error} reset={() => void refetch()} /> : null;

  const back = () =>
    key.projectId === null
      ? void navigate({ to: '/' })
      : void navigate({ to: '/projects/$projectId/keys', params: { projectId: key.projectId } });

  return (
    <>
      {key.projectId !== null && (
        <Link to="/projects/$projectId/keys" params={{ projectId: key.projectId }}>
          ← {t('keys.title')}
        </Link>
      )}
      <PageHead
        title={key.name}
        beside={
          <>
            <code>{key.masked}</code>
            {key.environment !== null && <Tag color="blue">{key.environment}</Tag>}
            <StatusSwitch keyOf={key} />
          </>
        }
      >
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
      </PageHead>
      {error && <Alert type="error" showIcon title={error.message} style={{ marginBottom: 16 }} />}
      <Flex gap={16} wrap align="stretch">
        <Card title={t('key.what')} style={{ flex: '1 1 420px', minWidth: 0 }}>
          <KeyFacts keyOf={key} />
        </Card>
        <Card title={t('limits.title')} style={{ flex: '1 1 360px', minWidth: 0 }}>
          <LimitMeters limits={key.limits} />
        </Card>
        <Card title={t('value.connect')} style={{ flex: '1 1 100%', minWidth: 0 }}>
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

function KeyFacts({ keyOf }: { keyOf: KeyDetails }) {
  const { t } = useTranslation();
  const lists = (list: readonly string[], none: string) =>
    list.length === 0 ? none : <code className="any">{list.join(', ')}</code>;
  return (
    <Facts
      facts={[
        [t('keys.description'), keyOf.description === '' ? '–' : keyOf.description],
        [t('keys.scope'), <ScopeNames key="scope" keyOf={keyOf} />],
        [t('keys.ipAllow'), lists(keyOf.ipAllow, t('key.anywhere'))],
        [t('keys.ipDeny'), lists(keyOf.ipDeny, t('key.nowhere'))],
        [t('keys.expires'), <Moment key="expires" at={keyOf.expiresAt} none={t('keys.noExpiry')} />],
        [t('keys.creator'), keyOf.owner.present ? keyOf.owner.name : `${keyOf.owner.name} (${t('keys.ownerGone')})`],
        [t('keys.created'), <Moment key="created" at={keyOf.createdAt} />],
        [
          t('keys.lastUsed'),
          <span key="used">
            <Moment at={keyOf.lastUsedAt} none={t('keys.never')} />
            {keyOf.lastUsedAddress !== null && <> · {keyOf.lastUsedAddress}</>}
          </span>,
        ],
        [
          'ID',
          <Typography.Text key="id" code copyable>
            {keyOf.id}
          </Typography.Text>,
        ],
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
