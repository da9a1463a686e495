import { useQueryClient } from '@tanstack/react-query';
import { App, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { keyQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { FORM_NAMES, toChange, valuesOf, type KeyValues } from '../keys/keyForm.ts';
import { KeyFields } from '../keys/KeyFields.tsx';

/** Name and value stay; all else can be edited. Only what was changed is sent. */
export function EditKey({ keyOf, onClose }: { keyOf: KeyDetails; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<KeyValues>();
  const start = valuesOf(keyOf);

  function send(given: KeyValues): Promise<KeyDetails> {
    const values = { ...start, ...given, ...('groupId' in given && { groupId: given.groupId ?? null }) };
    const nowMs = Date.now();
    const before = toChange(start, nowMs);
    const changed = Object.entries(toChange(values, nowMs)).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
    );
    return changed.length === 0
      ? Promise.resolve(keyOf)
      : call<KeyDetails>('PATCH', `/keys/${keyOf.id}`, { body: Object.fromEntries(changed) });
  }

  return (
    <FormDrawer<KeyValues, KeyDetails>
      title={t('key.editTitle', { name: keyOf.name })}
      confirm={t('form.save')}
      form={form}
      initialValues={start}
      aliases={FORM_NAMES}
      send={send}
      onDone={(key) => {
        queries.setQueryData(keyQuery(key.id).queryKey, key);
        void message.success(t('key.saved', { name: key.name }));
        onClose();
        void queries.invalidateQueries({ queryKey: ['keys'] });
      }}
      onClose={onClose}
    >
      <Form.Item label={t('keys.name')} htmlFor="fixed-name" extra={t('key.nameFixed')}>
        <Input id="fixed-name" value={keyOf.name} disabled />
      </Form.Item>
      <KeyFields projectId={keyOf.projectId ?? ''} form={form} />
    </FormDrawer>
  );
}
