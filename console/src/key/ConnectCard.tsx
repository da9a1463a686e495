import { useQuery } from '@tanstack/react-query';
import { Card, Flex, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { resourcesQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { Connect } from '../keys/Connect.tsx';
import { regionsQuery } from '../keys/queries.ts';

/** The address to call with a key, which is that of its region, and lines to paste with a model that it opens. */
export function ConnectCard({ keyOf }: { keyOf: KeyDetails }) {
  const { t } = useTranslation();
  const { projectId, scope, region, baseUrl } = keyOf;
  const regions = useQuery(regionsQuery);
  const resources = useQuery({ ...resourcesQuery(projectId ?? ''), enabled: projectId !== null });
  const first =
    scope.mode === 'range'
      ? scope.resources.find(({ type }) => type !== 'service')
      : { type: 'model' as const, id: resources.data?.model[0]?.id ?? '' };
  // Endpoints are called by their ids, models by their names.
  const model = first?.type === 'endpoint' ? first.id : resources.data?.model.find(({ id }) => id === first?.id)?.name;
  const isElsewhere = region !== null && regions.data?.data.some(({ id, isHere }) => id === region && !isHere) === true;
  return (
    <Card title={t('value.connect')} style={{ flex: '1 1 100%', minWidth: 0 }}>
      <Flex gap={8} align="center" wrap>
        <span className="soft">{t('key.baseUrl')}</span>
        <code className="any">{`${baseUrl ?? location.origin}/v1`}</code>
        {region !== null && <Tag>{region}</Tag>}
      </Flex>
      {isElsewhere && <p style={{ margin: '8px 0 0' }}>{t('key.elsewhere', { region })}</p>}
      <Connect baseUrl={baseUrl} model={model} />
    </Card>
  );
}
