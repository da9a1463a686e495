import { Alert, Button, Form, Input, Modal, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call } from '../api/client.ts';
import { ask, useAsked } from './proving.ts';

/** The question who somebody is, beside whatever page they are on. */
export function IdentityCheck() {
  const now = useAsked();
  const { t } = useTranslation();
  const [kind, setKind] = useState<'password' | 'totp'>('password');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [form] = Form.useForm<{ password?: string; totp?: string }>();

  function end(proved: boolean): void {
    now?.settle(proved);
    setFault(null);
    form.resetFields();
    ask(undefined);
  }

  async function prove(values: { password?: string; totp?: string }): Promise<void> {
    setBusy(true);
    try {
      await call('POST', '/auth/identity-check', { body: values });
      end(true);
    } catch (error) {
      setFault(error instanceof ApiError ? error.message : t('error.unknown'));
      form.resetFields();
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal
      open={now !== undefined}
      title={t('identity.title')}
      footer={null}
      onCancel={() => end(false)}
      destroyOnHidden
    >
      <p>{t('identity.why')}</p>
      {fault !== null && <Alert type="error" showIcon title={fault} style={{ marginBottom: 16 }} />}
      <Segmented
        value={kind}
        onChange={setKind}
        options={[
          { value: 'password', label: t('signIn.password') },
          { value: 'totp', label: t('signIn.code') },
        ]}
        style={{ marginBottom: 16 }}
      />
      <Form form={form} layout="vertical" onFinish={(values) => void prove(values)} requiredMark={false}>
        {kind === 'password' ? (
          <Form.Item
            name="password"
            label={t('signIn.password')}
            rules={[{ required: true, message: t('form.needed') }]}
          >
            <Input.Password autoComplete="current-password" autoFocus />
          </Form.Item>
        ) : (
          <Form.Item name="totp" label={t('signIn.code')} rules={[{ required: true, message: t('form.needed') }]}>
            <Input inputMode="numeric" autoComplete="one-time-code" autoFocus maxLength={6} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" loading={busy} block>
          {t('identity.prove')}
        </Button>
      </Form>
    </Modal>
  );
}
