import { useQueryClient } from '@tanstack/react-query';
import { Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import type { CreatedKey } from '../api/types.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { useAttempt } from '../form/useAttempt.ts';
import { FORM_NAMES, toChange, type KeyValues } from '../keys/keyForm.ts';
import { KeyFields } from '../keys/KeyFields.tsx';
import { Copied, OnceDialog } from '../shell/OnceDialog.tsx';

const START: KeyValues = { mode: 'all', expires: '90d' };

/** A key for programs that look after keys; and then its value, this once. */
export function CreateManagementKey({ accountId, onClose }: { accountId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [form] = Form.useForm<KeyValues>();
  const attempt = useAttempt();
  const [made, setMade] = useState<CreatedKey | null>(null);

  if (made)
    return (
      <OnceDialog title={t('value.title', { name: made.name })} onClose={onClose}>
        {made.value === null ? (
          <p>{t('value.replayed')}</p>
        ) : (
          <>
            <Copied text={made.value} label={t('value.copy')} />
            <pre className="code" tabIndex={0} style={{ marginTop: 12 }}>
              <code>{`export KEYWARD_MANAGEMENT_KEY=${made.value}

curl ${location.origin}/api/v1/projects -H "authorization: Bearer $KEYWARD_MANAGEMENT_KEY"`}</code>
            </pre>
          </>
        )}
      </OnceDialog>
    );
  return (
    <FormDrawer<KeyValues, CreatedKey>
      title={t('accountKeys.createTitle')}
      confirm={t('create.confirm')}
      form={form}
      initialValues={START}
      aliases={FORM_NAMES}
      send={(values) => {
        const { scope: _, groupId: __, ...rest } = toChange(values, Date.now());
        return call('POST', `/accounts/${accountId}/keys`, {
          body: { ...rest, name: values.name ?? '', class: 'management' },
          headers: attempt.headers,
        });
      }}
      onDone={(key) => {
        setMade(key);
        void queries.invalidateQueries({ queryKey: ['accountKeys'] });
      }}
      onRefused={attempt.onRefused}
      onClose={onClose}
    >
      <p className="soft" style={{ marginTop: 0 }}>
        {t('accountKeys.createWhy')}
      </p>
      <Form.Item
        name="name"
        label={t('keys.name')}
        rules={[{ required: true, whitespace: true, message: t('create.nameNeeded') }]}
      >
        <Input autoFocus maxLength={64} placeholder="deploy-bot" autoComplete="off" />
      </Form.Item>
      <KeyFields projectId={null} form={form} isNew opensModels={false} />
    </FormDrawer>
  );
}
