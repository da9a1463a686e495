import { useQuery } from '@tanstack/react-query';
import { Empty } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Permission } from '../../../src/core/role.ts';
import { rightsQuery } from '../api/queries.ts';
import { KeySelect } from '../usage/KeySelect.tsx';

/** Around what is told of a whole project: who may know only what is theirs chooses one of their keys first. */
export function OwnKeys(props: {
  projectId: string;
  permission: Permission;
  keyId: string | undefined;
  onChoose: (keyId: string | undefined) => void;
  children: ReactNode;
}) {
  const { projectId, permission, keyId, onChoose, children } = props;
  const { t } = useTranslation();
  const rights = useQuery(rightsQuery(projectId));
  if (rights.isPending) return null;
  if (rights.data?.permissions[permission] !== 'own') return children;
  return (
    <>
      <div style={{ marginBottom: 16 }}>
        <KeySelect
          projectId={projectId}
          label={t('notices.key')}
          placeholder={t('notices.yourKey')}
          value={keyId}
          onChange={onChoose}
        />
      </div>
      {keyId === undefined ? <Empty description={t('notices.chooseOwn')} style={{ marginTop: 32 }} /> : children}
    </>
  );
}
