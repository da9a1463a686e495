import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { NotProved, proving } from '../session/proving.ts';
import type { KeyDetails } from '../api/types.ts';

const OVERLAPS = [0, 3600, 86_400, 604_800, 2_592_000] as const;

/** A new value; the earlier one goes on for as long as is chosen. */
export function RotateKey(props: { keyOf: KeyDetails; onClose: () => void; onRotated: (value: string) => void }) {
  const { keyOf, onClose, onRotated } = props;
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [overlapSeconds, setOverlap] = useState<number>(86_400);
  const rotate = useMutation({
    mutationFn: () =>
      proving(() => call<{ value: string }>('POST', `/keys/${keyOf.id}/rotate`, { body: { overlapSeconds } })),
    onSuccess: async ({ value }) => {
      onRotated(value);
      await queries.invalidateQueries({ queryKey: ['key', keyOf.id] });
    },
  });
  return (
    <Modal
      open
      title={t('rotate.title', { name: keyOf.name })}
      okText={t('rotate.confirm')}
      confirmLoading={rotate.isPending}
      onOk={() => rotate.mutate()}
      onCancel={onClose}
    >
      <p>{t('rotate.why')}</p>
      <label htmlFor="overlap">{t('rotate.overlap')}</label>
      <Select
        id="overlap"
        style={{ width: '100%', marginTop: 4 }}
        value={overlapSeconds}
        onChange={setOverlap}
        options={OVERLAPS.map((value) => ({ value, label: t(`rotate.for.${value}`) }))}
      />
      {rotate.error && !(rotate.error instanceof NotProved) && (
        <Alert type="error" showIcon title={rotate.error.message} style={{ marginTop: 16 }} />
      )}
    </Modal>
  );
}
