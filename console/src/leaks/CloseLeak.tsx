import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Input, Modal } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { leakQuery } from './queries.ts';
import { isDone, STEPS } from './steps.ts';
import type { Leak } from './types.ts';

/** With every step done by one click; with steps left only with a reason. */
export function CloseLeak({ leak, onClose }: { leak: Leak; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const id = useId();
  const [reason, setReason] = useState('');
  const left = STEPS.filter((step) => !isDone(leak, step));
  const close = useMutation({
    mutationFn: () =>
      call<Leak>('POST', `/leak-reports/${leak.id}/close`, { body: left.length === 0 ? {} : { reason } }),
    onSuccess: async (closed) => {
      queries.setQueryData(leakQuery(leak.id).queryKey, closed);
      void message.success(t('leak.closed'));
      onClose();
      await queries.invalidateQueries({ queryKey: ['leaks'] });
    },
  });
  return (
    <Modal
      open
      title={t('leak.close')}
      okText={t('leak.close')}
      okButtonProps={{ disabled: left.length > 0 && reason.trim() === '', loading: close.isPending }}
      cancelButtonProps={{ autoFocus: true }}
      onOk={() => close.mutate()}
      onCancel={onClose}
    >
      {close.error && <Alert type="error" showIcon title={close.error.message} style={{ marginBottom: 16 }} />}
      <p>{t('leak.closeWhy')}</p>
      {left.length > 0 && (
        <>
          <p>
            {t('leak.left')} {left.map((step) => t(`leak.step.${step}`)).join(t('list.comma'))}
          </p>
          <label htmlFor={id}>{t('leak.reason')}</label>
          <Input.TextArea
            id={id}
            rows={3}
            maxLength={500}
            value={reason}
            onChange={({ target }) => setReason(target.value)}
          />
        </>
      )}
    </Modal>
  );
}
