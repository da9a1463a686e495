import { PlusOutlined, ReloadOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Alert, Button, Tooltip } from 'antd';
import { Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';
import { everyPage } from '../api/everyPage.ts';
import { keysQuery } from '../api/queries.ts';
import type { ListedKey } from '../api/types.ts';
import { part } from '../routes/page.ts';
import { useMayInProject } from '../shell/here.ts';
import { keepProject } from '../shell/lastProject.ts';
import { PageHead } from '../shell/PageHead.tsx';
import { KeyFilters } from './KeyFilters.tsx';
import { toQuery, type Filters } from './keysView.ts';
import { NoKeys, NotYours } from './NoKeys.tsx';
import { regionsQuery } from './queries.ts';
import { KeyTable } from './KeyTable.tsx';

const BulkBar = part(async () => (await import('../bulk/BulkBar.tsx')).BulkBar, 'bulk');
const CreateKey = part(async () => (await import('./CreateKey.tsx')).CreateKey);
/** Where it fails, it is fetched again when it is wanted. */
const fetchCreateKey = () => void CreateKey.fetch().catch(() => undefined);

/** As many are chosen at once, without being shown. */
const MOST_FOUND = 1000;
const nameOf = ({ name }: { name: string }) => name;

/** The keys of a project: the home of the console. Filters stand in the address, so that a view can be passed on. */
export function KeysPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/keys' });
  const { create, ...filters } = useSearch({ from: '/signedIn/projects/$projectId/keys' });
  const keys = useInfiniteQuery(keysQuery(projectId, toQuery(filters)));
  useEffect(() => keepProject(projectId), [projectId]);

  useEffect(() => {
    // Whoever moves a hand here may be about to create one: by then it is there.
    const signs = ['pointermove', 'touchstart', 'keydown'] as const;
    for (const sign of signs) addEventListener(sign, fetchCreateKey, { once: true, passive: true });
    return () => signs.forEach((sign) => removeEventListener(sign, fetchCreateKey));
  }, []);

  const may = useMayInProject(projectId);
  const mayCreate = may('keys.create');
  const isReady = mayCreate && keys.isSuccess;
  useEffect(() => {
    // Whoever came by keyboard or link too finds it there, as soon as the page has nothing else to do.
    if (!isReady || !('requestIdleCallback' in globalThis)) return undefined;
    const asked = requestIdleCallback(fetchCreateKey);
    return () => cancelIdleCallback(asked);
  }, [isReady]);
  const hasRegions = (useQuery(regionsQuery).data?.data.length ?? 0) > 1;
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const shown = keys.data?.pages.flatMap(({ data }) => data) ?? [];
  // Those that were chosen without being shown.
  const [unseen, setUnseen] = useState<readonly ListedKey[]>([]);
  const known = new Map([...unseen, ...shown].map((key) => [key.id, key]));
  const chosen = [...known.values()].filter(({ id }) => ticked.has(id));
  const mayChooseMore = keys.hasNextPage && chosen.length === shown.length && shown.every(({ id }) => ticked.has(id));
  async function chooseFound(): Promise<void> {
    const path = `/projects/${projectId}/keys`;
    const { data } = await everyPage<ListedKey>(path, undefined, toQuery(filters), MOST_FOUND / 200);
    setUnseen(data);
    setTicked(new Set(data.map(({ id }) => id)));
  }
  const setCreating = (open: boolean) =>
    void navigate({
      to: '.',
      search: open ? { ...filters, create: true } : filters,
      replace: true,
    });
  const setFilters = (next: Filters) => void navigate({ to: '.', search: next, replace: true });
  const isFiltered = Object.values(filters).some((one) => one !== undefined);

  // To whoever may work with none of them the list would be a row of questions and a refusal.
  if (keys.error instanceof ApiError && keys.error.problem.status === 403)
    return (
      <>
        <PageHead title={t('keys.title')} />
        <NotYours projectId={projectId} />
      </>
    );
  return (
    <>
      <PageHead title={t('keys.title')}>
        <Tooltip title={t('keys.refresh')}>
          <Button
            icon={<ReloadOutlined spin={keys.isFetching} />}
            aria-label={t('keys.refresh')}
            onClick={() => void keys.refetch()}
          />
        </Tooltip>
        {mayCreate && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
            {t('keys.create')}
          </Button>
        )}
      </PageHead>
      <Alert type="warning" showIcon title={t('keys.warning')} style={{ marginBottom: 16 }} closable />
      <KeyFilters key={projectId} projectId={projectId} filters={filters} onChange={setFilters} />
      <KeyTable
        list={keys}
        hasRegions={hasRegions}
        selection={may('keys.change') ? { chosen: ticked, onChange: setTicked, nameOf } : undefined}
        empty={
          <NoKeys
            isFiltered={isFiltered}
            mayCreate={mayCreate}
            onCreate={() => setCreating(true)}
            onClear={() => setFilters({})}
          />
        }
      />
      <Suspense>
        {ticked.size > 0 && (
          <BulkBar
            base={`/projects/${projectId}`}
            keys={chosen}
            mayDelete={may('keys.delete')}
            onAll={mayChooseMore ? chooseFound : undefined}
            most={MOST_FOUND}
            onClear={() => setTicked(new Set())}
          />
        )}
      </Suspense>
      <Suspense>{create === true && <CreateKey projectId={projectId} onClose={() => setCreating(false)} />}</Suspense>
    </>
  );
}
