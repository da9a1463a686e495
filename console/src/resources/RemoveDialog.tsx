import { useQuery, type QueryKey } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Modal, Spin } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useMayInProject } from '../shell/here.ts';
import { useAct } from '../shell/useAct.tsx';
import { dependentsQuery } from './queries.ts';

/** Asks before something is taken away, and shows which keys and how many calls depend on it. The way out has the focus. */
export function RemoveDialog(props: {
  projectId: string;
  id: string;
  name: string;
  /** What its calls are counted by. */
  calledAs: string;
  path: string;
  why: string;
  refresh: readonly QueryKey[];
  onClose: () => void;
  onRemoved?: () => void;
}) {
  const { projectId, id, name, calledAs, path, why, refresh, onClose, onRemoved } = props;
  const { t } = useTranslation();
  const act = useAct();
  const [isBusy, setBusy] = useState(false);
  const may = useMayInProject(projectId);
  // Who may not see keys or usage is not shown what depends on it.
  const maySee = may('keys.read') && may('usage.read');
  const { data, isLoading } = useQuery({ ...dependentsQuery(projectId, id, calledAs), enabled: maySee });

  async function remove(): Promise<void> {
    setBusy(true);
    const work = async (): Promise<void> => {
      await call('DELETE', path);
      onClose();
      onRemoved?.();
    };
    await act(work, { done: t('resources.removed', { name }), refresh });
    setBusy(false);
  }

  return (
    <Modal
      open
      title={t('resources.removeTitle', { name })}
      okText={t('resources.remove')}
      cancelText={t('resources.keep')}
      okButtonProps={{ danger: true, loading: isBusy }}
      cancelButtonProps={{ autoFocus: true }}
      onOk={() => void remove()}
      onCancel={onClose}
    >
      <p>{why}</p>
      {isLoading && <Spin />}
      {data && (
        <>
          {data.calls > 0 && (
            <Alert
              type="warning"
              showIcon
              title={t('resources.inUse', { count: data.calls })}
              style={{ marginBottom: 12 }}
            />
          )}
          <p>
            {data.calls === 0 && `${t('resources.notInUse')} `}
            {data.keys.length === 0 ? t('resources.noKeys') : t('resources.theseKeys')}
          </p>
          {data.keys.length > 0 && (
            <ul>
              {data.keys.map((key) => (
                <li key={key.id} className="any">
                  <Link to="/keys/$keyId" params={{ keyId: key.id }}>
                    {key.name}
                  </Link>{' '}
                  <code>{key.masked}</code>
                </li>
              ))}
              {data.isMore && <li>{t('resources.moreKeys')}</li>}
            </ul>
          )}
        </>
      )}
    </Modal>
  );
}
