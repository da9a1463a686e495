import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { accountsQuery, keyQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { changedIn } from '../form/changes.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { FORM_NAMES, toChange, valuesOf, type KeyValues } from '../keys/keyForm.ts';
import { KeyFields } from '../keys/KeyFields.tsx';

/** The value stays, and the name unless the account allows new ones; all else can be edited. Only what was changed is sent. */
export function EditKey({ keyOf, onClose }: { keyOf: KeyDetails; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<KeyValues>();
  // Read anew while this is open, it would take for typed in here what somebody else has changed.
  const [start] = useState(() => ({ ...valuesOf(keyOf), name: keyOf.name }));
  const accounts = useQuery(accountsQuery);
  const nameEditable = accounts.data?.data.find(({ id }) => id === keyOf.accountId)?.nameEditable === true;

  function send(given: KeyValues): Promise<KeyDetails> {
    const values = { ...start, ...given, ...('groupId' in given && { groupId: given.groupId ?? null }) };
    const nowMs = Date.now();
    const bodyOf = (of: KeyValues) => ({ ...toChange(of, nowMs), name: of.name });
    const body = changedIn(bodyOf(values), bodyOf(start));
    return Object.keys(body).length === 0
      ? Promise.resolve(keyOf)
      : call<KeyDetails>('PATCH', `/keys/${keyOf.id}`, { body });
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
      {nameEditable ? (
        <Form.Item
          name="name"
          label={t('keys.name')}
          rules={[{ required: true, whitespace: true, message: t('create.nameNeeded') }]}
        >
          <Input maxLength={64} />
        </Form.Item>
      ) : (
        <Form.Item label={t('keys.name')} htmlFor="fixed-name" extra={t('key.nameFixed')}>
          <Input id="fixed-name" value={keyOf.name} disabled />
        </Form.Item>
      )}
      <KeyFields projectId={keyOf.projectId} form={form} opensModels={keyOf.class !== 'management'} />
    </FormDrawer>
  );
}
