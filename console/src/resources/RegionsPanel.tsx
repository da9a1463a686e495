import { useQuery } from '@tanstack/react-query';
import { Card, Flex, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { regionsQuery } from '../keys/queries.ts';
import { CopyButton } from '../shell/CopyButton.tsx';
import { Table } from '../shell/Table.tsx';

/** Where keys can be called, where there is more than one place. */
export function RegionsPanel() {
  const { t } = useTranslation();
  const regions = useQuery(regionsQuery).data?.data ?? [];
  if (regions.length < 2) return null;
  return (
    <Card title={t('resources.regions.title')} style={{ marginTop: 16 }}>
      <p className="soft" style={{ marginTop: 0 }}>
        {t('resources.regions.why')}
      </p>
      <Table
        label={t('resources.regions.title')}
        rows={regions}
        loading={false}
        empty={null}
        columns={[
          {
            key: 'id',
            title: t('resources.regions.region'),
            render: ({ id, isHere }) => (
              <Flex gap={8} align="center">
                <span style={{ whiteSpace: 'nowrap' }}>{id}</span>
                {isHere && <Tag>{t('resources.regions.here')}</Tag>}
              </Flex>
            ),
          },
          {
            key: 'address',
            title: t('resources.regions.address'),
            render: ({ id, baseUrl }) => (
              <Flex gap={4} align="center">
                <code className="any">{`${baseUrl}/v1`}</code>
                <CopyButton type="text" size="small" text={`${baseUrl}/v1`} label={t('resources.copy', { name: id })} />
              </Flex>
            ),
          },
        ]}
      />
    </Card>
  );
}
