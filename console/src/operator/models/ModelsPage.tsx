import { ImportOutlined, PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Empty, Flex } from 'antd';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listQuery } from '../../api/queries.ts';
import { useAppearance } from '../../appearance.ts';
import { SearchField } from '../../form/SearchField.tsx';
import { part } from '../../routes/page.ts';
import { sayingPrices } from '../../shell/amounts.ts';
import { Choice } from '../../shell/Choice.tsx';
import { List } from '../../shell/List.tsx';
import { PageHead } from '../../shell/PageHead.tsx';
import { State } from '../../shell/State.tsx';
import type { Column } from '../../shell/Table.tsx';
import { DeleteButton } from '../DeleteButton.tsx';
import { DeleteDialog } from '../DeleteDialog.tsx';
import type { OpenView } from '../openView.ts';
import { allProvidersQuery, type Model } from '../providers/queries.ts';
import { ModelForm } from './ModelForm.tsx';

const ImportPrices = part(async () => (await import('./ImportPrices.tsx')).ImportPrices);

/** What can be called, by whom it is served, and what it costs. */
export function ModelsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const view = useSearch({ from: '/signedIn/platform/models' });
  const { search, provider: providerId, open } = view;
  const list = useInfiniteQuery(listQuery<Model>(['models', 'list'], '/models', { search, providerId }));
  const providers = useQuery(allProvidersQuery);
  const [isImporting, setImporting] = useState(false);
  const [removed, setRemoved] = useState<Model | null>(null);
  const show = (change: OpenView) => void navigate({ to: '.', search: { ...view, ...change }, replace: true });
  const opened = list.data?.pages.flatMap(({ data }) => data).find(({ id }) => id === open);
  const known = providers.data?.data ?? [];
  const providerName = (id: string | undefined) => known.find((one) => one.id === id)?.name ?? id ?? '–';

  const say = sayingPrices(useAppearance().language);

  const columns: readonly Column<Model>[] = [
    {
      key: 'name',
      title: t('models.name'),
      render: ({ id, name, upstreamModel }) => (
        <>
          <Link
            to="/platform/models"
            search={{ ...view, open: id }}
            className="any"
            onClick={(event) => event.stopPropagation()}
          >
            {name}
          </Link>
          {upstreamModel !== name && <div className="soft any">{t('models.sentAs', { name: upstreamModel })}</div>}
        </>
      ),
    },
    {
      key: 'provider',
      title: t('models.provider'),
      from: 768,
      render: (model) => <span className="any">{providerName(model.providerId)}</span>,
    },
    {
      key: 'input',
      title: t('models.input'),
      kind: 'number',
      render: ({ prices }) =>
        prices ? say(Number(prices.inputPerMillion)) : <State kind="warn">{t('models.unpriced')}</State>,
    },
    {
      key: 'output',
      title: t('models.output'),
      from: 576,
      kind: 'number',
      render: ({ prices }) => (prices ? say(Number(prices.outputPerMillion)) : '–'),
    },
    {
      key: 'open',
      title: t('models.openTo'),
      from: 992,
      render: ({ projectId }) => t(projectId === null ? 'models.everyProject' : 'models.oneProject'),
    },
    {
      key: 'delete',
      title: '',
      render: (model) => <DeleteButton name={model.name} onClick={() => setRemoved(model)} />,
    },
  ];
  return (
    <>
      <PageHead title={t('models.title')}>
        <Button icon={<ImportOutlined />} onClick={() => setImporting(true)}>
          {t('models.import')}
        </Button>
        <Button type="primary" icon={<PlusOutlined />} onClick={() => show({ create: true })}>
          {t('models.create')}
        </Button>
      </PageHead>
      <p className="soft">{t('models.why')}</p>
      <Flex gap={8} wrap align="center" style={{ marginBottom: 16 }} role="search">
        <SearchField label={t('models.search')} value={search} onSearch={(text) => show({ search: text })} />
        <Choice
          label={t('models.provider')}
          value={providerId}
          options={known.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(next) => show({ provider: next })}
        />
      </Flex>
      <List
        label={t('models.title')}
        list={list}
        columns={columns}
        onOpen={({ id }) => show({ open: id })}
        empty={<Empty description={t((search ?? providerId) ? 'models.noneFound' : 'models.none')} />}
      />
      {view.create === true && <ModelForm providerId={providerId} onClose={() => show({ create: undefined })} />}
      <Suspense>{isImporting && <ImportPrices onClose={() => setImporting(false)} />}</Suspense>
      {opened && <ModelForm key={opened.id} model={opened} onClose={() => show({ open: undefined })} />}
      {removed && (
        <DeleteDialog
          name={removed.name}
          path={`/models/${removed.id}`}
          refresh={['models']}
          onClose={() => setRemoved(null)}
        >
          <p>{t('models.deleteWhy')}</p>
        </DeleteDialog>
      )}
    </>
  );
}
