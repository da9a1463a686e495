import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { Alert, App, Modal } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';

/** Asks before a thing is deleted, and says there what the server refuses. The way out has the focus. */
export function DeleteDialog(props: {
  name: string;
  path: string;
  refresh: QueryKey;
  /** Why it cannot be deleted now; undefined: as far as is known it can. */
  barred?: ReactNode;
  children: ReactNode;
  onClose: () => void;
}) {
  const { name, path, refresh, barred, children, onClose } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => call('DELETE', path),
    onSuccess: async () => {
      void message.success(t('catalogue.deleted', { name }));
      onClose();
      await queries.invalidateQueries({ queryKey: refresh });
    },
  });
  return (
    <Modal
      open
      title={t('catalogue.deleteTitle', { name })}
      okText={t('catalogue.delete')}
      okButtonProps={{ danger: true, disabled: barred !== undefined, loading: remove.isPending }}
      cancelButtonProps={{ autoFocus: true }}
      cancelText={t('form.cancel')}
      onOk={() => remove.mutate()}
      onCancel={onClose}
    >
      {remove.error && <Alert type="error" showIcon title={remove.error.message} style={{ marginBottom: 16 }} />}
      {barred !== undefined && <Alert type="warning" showIcon title={barred} style={{ marginBottom: 16 }} />}
      {children}
    </Modal>
  );
}
