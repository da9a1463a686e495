import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Empty, Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listQuery } from '../../api/queries.ts';
import { List } from '../../shell/List.tsx';
import { PageHead } from '../../shell/PageHead.tsx';
import type { Column } from '../../shell/Table.tsx';
import { DeleteButton } from '../DeleteButton.tsx';
import { DeleteProvider } from './DeleteProvider.tsx';
import { ProviderForm } from './ProviderForm.tsx';
import { TestResult } from './TestResult.tsx';
import { useTesting } from './useTesting.ts';
import type { Provider } from './queries.ts';

/** Where calls go: vendors, own model servers, services. */
export function ProvidersPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { open } = useSearch({ from: '/signedIn/platform/providers' });
  const list = useInfiniteQuery(listQuery<Provider>(['providers', 'list'], '/providers'));
  const { results, test } = useTesting();
  const [isCreating, setCreating] = useState(false);
  const [removed, setRemoved] = useState<Provider | null>(null);
  const show = (id: string | undefined) => void navigate({ to: '.', search: { open: id }, replace: true });
  const opened = list.data?.pages.flatMap(({ data }) => data).find(({ id }) => id === open);

  const columns: readonly Column<Provider>[] = [
    {
      key: 'name',
      title: t('providers.name'),
      render: ({ id, name, baseUrl }) => (
        <>
          <Link
            to="/platform/providers"
            search={{ open: id }}
            className="any"
            onClick={(event) => event.stopPropagation()}
          >
            {name}
          </Link>
          <div className="soft any">{baseUrl}</div>
        </>
      ),
    },
    { key: 'kind', title: t('providers.kind'), from: 768, render: ({ kind }) => t(`providers.kinds.${kind}`) },
    {
      key: 'credential',
      title: t('providers.credential'),
      from: 992,
      render: ({ hasCredential }) => t(hasCredential ? 'providers.stored' : 'providers.noCredential'),
    },
    {
      key: 'test',
      title: t('providers.test'),
      render: (provider) => (
        // The row opens the provider; these do not.
        <Flex gap={8} wrap align="center" onClick={(event) => event.stopPropagation()}>
          <Button
            size="small"
            loading={results[provider.id] === 'asked'}
            onClick={() => void test(provider.id)}
            aria-label={t('providers.testOne', { name: provider.name })}
          >
            {t('providers.test')}
          </Button>
          <DeleteButton name={provider.name} onClick={() => setRemoved(provider)} />
          <TestResult result={results[provider.id]} />
        </Flex>
      ),
    },
  ];
  return (
    <>
      <PageHead title={t('providers.title')}>
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
          {t('providers.create')}
        </Button>
      </PageHead>
      <p className="soft">{t('providers.why')}</p>
      <List
        label={t('providers.title')}
        list={list}
        columns={columns}
        onOpen={({ id }) => show(id)}
        empty={<Empty description={t('providers.none')} />}
      />
      {isCreating && <ProviderForm onClose={() => setCreating(false)} onSaved={({ id }) => void test(id)} />}
      {opened && (
        <ProviderForm
          key={opened.id}
          provider={opened}
          onClose={() => show(undefined)}
          onSaved={({ id }) => void test(id)}
        />
      )}
      {removed && <DeleteProvider provider={removed} onClose={() => setRemoved(null)} />}
    </>
  );
}
