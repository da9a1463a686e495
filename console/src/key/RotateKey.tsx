import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, isLost } from '../api/client.ts';
import type { KeyDetails } from '../api/types.ts';
import { useAppearance } from '../appearance.ts';
import { NotProved, proving } from '../session/proving.ts';
import { Moment } from '../shell/Moment.tsx';

const OVERLAPS = [0, 3600, 86_400, 604_800, 2_592_000] as const;

/** A new value; the earlier one goes on for as long as is chosen. Says beforehand what that does. */
export function RotateKey(props: { keyOf: KeyDetails; onClose: () => void; onRotated: (value: string) => void }) {
  const { keyOf, onClose, onRotated } = props;
  const { t } = useTranslation();
  const { language } = useAppearance();
  const queries = useQueryClient();
  const [overlapSeconds, setOverlap] = useState<number>(86_400);
  const rotate = useMutation({
    mutationFn: () =>
      proving(() => call<{ value: string }>('POST', `/keys/${keyOf.id}/rotate`, { body: { overlapSeconds } })),
    onSuccess: async ({ value }) => {
      onRotated(value);
      await queries.invalidateQueries({ queryKey: ['key', keyOf.id] });
    },
    onError: (error) => {
      if (isLost(error)) void queries.invalidateQueries({ queryKey: ['key', keyOf.id] });
    },
  });
  const endMs = Math.min(
    Date.now() + overlapSeconds * 1000,
    keyOf.expiresAt === null ? Infinity : new Date(keyOf.expiresAt).getTime(),
  );
  const end = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(endMs));
  const endsNow = overlapSeconds === 0;
  return (
    <Modal
      open
      title={t('rotate.title', { name: keyOf.name })}
      okText={t('rotate.confirm')}
      okButtonProps={{ danger: endsNow }}
      cancelText={t('form.cancel')}
      confirmLoading={rotate.isPending}
      onOk={() => rotate.mutate()}
      onCancel={onClose}
    >
      <label htmlFor="overlap">{t('rotate.overlap', { masked: keyOf.masked })}</label>
      <Select
        id="overlap"
        style={{ width: '100%', margin: '4px 0 16px' }}
        value={overlapSeconds}
        onChange={setOverlap}
        options={OVERLAPS.map((value) => ({ value, label: t(`rotate.for.${value}`) }))}
      />
      <ul style={{ margin: 0, paddingInlineStart: 20, display: 'grid', gap: 6 }}>
        <li>{t('rotate.shown')}</li>
        <li>
          {endsNow ? t('rotate.endsNow') : t('rotate.endsAt', { end })}{' '}
          {keyOf.lastUsedAt !== null && (
            <>
              {t('rotate.lastUsed')} <Moment at={keyOf.lastUsedAt} />
              {keyOf.lastUsedAddress !== null && <> · {keyOf.lastUsedAddress}</>}
            </>
          )}
        </li>
        <li>{t('rotate.stays')}</li>
      </ul>
      {rotate.error && !(rotate.error instanceof NotProved) && (
        <Alert
          type="error"
          showIcon
          title={rotate.error.message}
          {...(isLost(rotate.error) && { description: t('rotate.lost') })}
          style={{ marginTop: 16 }}
        />
      )}
    </Modal>
  );
}
