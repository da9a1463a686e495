import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal, Segmented, Spin } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { CodeField } from './CodeField.tsx';
import { hasPasskeys, provePasskey } from './passkeys.ts';
import { proofsQuery, type Proof } from './proofs.ts';
import { goToProvider, providerQuery } from './provider.ts';
import { ask, useAsked } from './proving.ts';
import { Refused } from './Refused.tsx';

/** The question who somebody is, beside whatever page they are on; answered by what they have. */
export function IdentityCheck() {
  const now = useAsked();
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<Proof>();
  const [fault, setFault] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [form] = Form.useForm<{ password?: string; totp?: string }>();
  const known = useQuery(proofsQuery);
  const provider = useQuery(providerQuery).data?.name ?? '';
  // Where it cannot be known what somebody has, there is most often a password.
  const proofs = (known.data?.proofs ?? ['password']).filter((one) => one !== 'passkey' || hasPasskeys);
  const kind = chosen ?? proofs[0];

  function end(proved: boolean): void {
    now?.settle(proved);
    setFault(null);
    form.resetFields();
    ask(undefined);
  }

  async function trying(work: () => Promise<unknown>): Promise<void> {
    setBusy(true);
    setFault(null);
    try {
      await work();
    } catch (error) {
      setFault(error as Error);
      form.resetFields();
    } finally {
      setBusy(false);
    }
  }
  async function prove(work: () => Promise<unknown>): Promise<void> {
    await work();
    // The session is another one now.
    void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
    end(true);
  }

  const answer = (values: { password?: string; totp?: string }) =>
    void trying(() => prove(() => call('POST', '/auth/identity-check', { body: values })));
  const { pathname, search } = location;

  return (
    <Modal
      open={now !== undefined}
      title={t('identity.title')}
      footer={null}
      onCancel={() => end(false)}
      destroyOnHidden
    >
      <p>{t('identity.why')}</p>
      <Refused error={fault} />
      {known.isPending ? (
        <Spin />
      ) : (
        <>
          {proofs.length > 1 && (
            <Segmented
              value={kind ?? ''}
              onChange={(next) => {
                setChosen(next as Proof);
                setFault(null);
              }}
              options={proofs.map((value) => ({
                value,
                label: value === 'oidc' ? provider : t(`identity.by.${value}`),
              }))}
              aria-label={t('identity.byWhat')}
              style={{ marginBottom: 16 }}
            />
          )}
          {kind === undefined && <p>{t('identity.nothing')}</p>}
          {(kind === 'password' || kind === 'totp') && (
            <Form name="identity" key={kind} form={form} layout="vertical" onFinish={answer} requiredMark={false}>
              {kind === 'password' ? (
                <Form.Item
                  name="password"
                  label={t('signIn.password')}
                  rules={[{ required: true, message: t('form.needed') }]}
                >
                  <Input.Password autoComplete="current-password" autoFocus />
                </Form.Item>
              ) : (
                <CodeField name="totp" autoFocus />
              )}
              <Button type="primary" htmlType="submit" loading={busy} block>
                {t('identity.prove')}
              </Button>
            </Form>
          )}
          {kind === 'passkey' && (
            <Button type="primary" loading={busy} block onClick={() => void trying(() => prove(provePasskey))}>
              {t('identity.byPasskey')}
            </Button>
          )}
          {kind === 'oidc' && (
            <>
              <p>{t('identity.leaving')}</p>
              <Button
                type="primary"
                loading={busy}
                block
                onClick={() => void trying(() => goToProvider('identity-check', `${pathname}${search}`, pathname))}
              >
                {t('identity.byProvider', { name: provider })}
              </Button>
            </>
          )}
        </>
      )}
    </Modal>
  );
}
