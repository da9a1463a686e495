import { ReloadOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Flex, Segmented } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { RefusalList } from './RefusalList.tsx';
import { RequestFilters } from './RequestFilters.tsx';
import { RequestList } from './RequestList.tsx';
import type { RequestsView } from './requestsView.ts';

/** Requests or refusals, with what narrows them down. `children`: what chooses the key, where it is not given. */
export function Requests(props: {
  projectId: string;
  view: RequestsView;
  show: (change: Partial<RequestsView>) => void;
  isOfOneKey?: boolean;
  children?: ReactNode;
}) {
  const { projectId, view, show, isOfOneKey = false, children } = props;
  const { t } = useTranslation();
  const queries = useQueryClient();
  const isRefused = view.show === 'refusals';
  const refresh = () => queries.invalidateQueries({ queryKey: [isRefused ? '/denials' : '/requests'] });
  return (
    <>
      <Flex gap={8} wrap style={{ marginBottom: 12 }}>
        <Segmented
          aria-label={t('requests.which')}
          value={isRefused ? 'refusals' : 'requests'}
          onChange={(next) => show({ show: next === 'refusals' ? next : undefined })}
          options={(['requests', 'refusals'] as const).map((value) => ({ value, label: t(`requests.show.${value}`) }))}
        />
        <Button icon={<ReloadOutlined />} aria-label={t('keys.refresh')} onClick={() => void refresh()} />
      </Flex>
      <Flex gap={8} wrap align="center" role="search" style={{ marginBottom: 16 }}>
        {children}
        <RequestFilters projectId={projectId} view={view} show={show} />
      </Flex>
      {isRefused ? (
        <RefusalList projectId={projectId} view={view} isOfOneKey={isOfOneKey} />
      ) : (
        <RequestList projectId={projectId} view={view} isOfOneKey={isOfOneKey} show={show} />
      )}
    </>
  );
}
