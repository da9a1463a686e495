import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Button, Card, Form, Input, Typography } from 'antd';
import { useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call } from '../api/client.ts';
import type { SignInAnswer } from '../api/types.ts';
import { Brand } from '../shell/Brand.tsx';
import { AppearanceSwitch } from '../shell/AppearanceSwitch.tsx';

type Step = 'password' | 'code' | 'recovery';

/** Password, then a code where one is set up; then back to where one came from. */
export function SignInPage() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { back } = useSearch({ from: '/sign-in' });
  const [step, setStep] = useState<Step>(() => (cameBack() === 'second_factor_required' ? 'code' : 'password'));
  const [fault, setFault] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

  async function trying(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setFault(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFault(error);
    } finally {
      setBusy(false);
    }
  }

  async function enter(): Promise<void> {
    queries.clear();
    await navigate({ href: insideOnly(back), replace: true });
  }

  const provider = useQuery({
    queryKey: ['identityProvider'],
    queryFn: () => call<{ name: string | null }>('GET', '/auth/oidc'),
    retry: false,
  });
  const refused = cameBack()?.startsWith('error=') === true;
  const onBack = useEffectEvent(() => {
    if (cameBack() === 'signed_in') void enter();
  });
  useEffect(() => onBack(), []);
  const byProvider = () =>
    trying(async () => {
      const query = back === undefined ? '' : `?back=${encodeURIComponent(insideOnly(back))}`;
      const body = query.length <= MOST_RETURN ? { returnTo: `/sign-in${query}` } : { returnTo: '/sign-in' };
      const { url } = await call<{ url: string }>('POST', '/auth/oidc/sign-in', { body });
      location.assign(url);
    });

  const withPassword = (values: { email: string; password: string }) =>
    trying(async () => {
      const { status } = await call<SignInAnswer>('POST', '/auth/sign-in', { body: values });
      if (status === 'signed_in') await enter();
      else setStep('code');
    });
  const withCode = (values: { code?: string; recoveryCode?: string }) =>
    trying(async () => {
      await call('POST', '/auth/second-factor', { body: values });
      await enter();
    });

  return (
    <main
      style={{
        minHeight: '100dvh',
        display: 'grid',
        placeItems: 'center',
        padding: 16,
        boxSizing: 'border-box',
        background: 'var(--page)',
        color: 'var(--ink)',
      }}
    >
      <div style={{ width: '100%', maxWidth: 400 }}>
        <div style={{ display: 'flex', justifyContent: 'space-between', alignItems: 'center', marginBottom: 24 }}>
          <Brand />
          <AppearanceSwitch />
        </div>
        <Card>
          <Typography.Title level={1} style={{ fontSize: 22, marginTop: 0 }}>
            {step === 'password' ? t('signIn.title') : t('signIn.secondTitle')}
          </Typography.Title>
          {fault && (
            <Alert
              type="error"
              showIcon
              title={fault.message}
              description={
                fault.retryAfter === null ? undefined : t('signIn.retryAfter', { seconds: fault.retryAfter })
              }
              style={{ marginBottom: 16 }}
            />
          )}
          {refused && fault === null && (
            <Alert type="error" showIcon title={t('signIn.providerRefused')} style={{ marginBottom: 16 }} />
          )}
          {step === 'password' && typeof provider.data?.name === 'string' && (
            <Button block onClick={() => void byProvider()} loading={busy} style={{ marginBottom: 16 }}>
              {t('signIn.withProvider', { name: provider.data.name })}
            </Button>
          )}
          {step === 'password' && (
            <Form
              layout="vertical"
              onFinish={(values: { email: string; password: string }) => void withPassword(values)}
              requiredMark={false}
            >
              <Form.Item name="email" label={t('signIn.email')} rules={[{ required: true, message: t('form.needed') }]}>
                <Input type="email" autoComplete="username" autoFocus />
              </Form.Item>
              <Form.Item
                name="password"
                label={t('signIn.password')}
                rules={[{ required: true, message: t('form.needed') }]}
              >
                <Input.Password autoComplete="current-password" />
              </Form.Item>
              <Button type="primary" htmlType="submit" loading={busy} block>
                {t('signIn.enter')}
              </Button>
              <Typography.Paragraph type="secondary" style={{ marginTop: 16, marginBottom: 0 }}>
                {t('signIn.forgotten')}
              </Typography.Paragraph>
            </Form>
          )}
          {step === 'code' && (
            <Form
              key="code"
              layout="vertical"
              onFinish={(values: { code: string }) => void withCode(values)}
              requiredMark={false}
            >
              <Form.Item
                name="code"
                label={t('signIn.code')}
                extra={t('signIn.codeFrom')}
                rules={[{ required: true, message: t('form.needed') }]}
              >
                <Input inputMode="numeric" autoComplete="one-time-code" autoFocus maxLength={6} />
              </Form.Item>
              <Button type="primary" htmlType="submit" loading={busy} block>
                {t('signIn.enter')}
              </Button>
              <Button type="link" block onClick={() => setStep('recovery')}>
                {t('signIn.useRecovery')}
              </Button>
            </Form>
          )}
          {step === 'recovery' && (
            <Form
              key="recovery"
              layout="vertical"
              onFinish={(values: { recoveryCode: string }) => void withCode(values)}
              requiredMark={false}
            >
              <Form.Item
                name="recoveryCode"
                label={t('signIn.recoveryCode')}
                rules={[{ required: true, message: t('form.needed') }]}
              >
                <Input autoComplete="off" autoFocus />
              </Form.Item>
              <Button type="primary" htmlType="submit" loading={busy} block>
                {t('signIn.enter')}
              </Button>
              <Button type="link" block onClick={() => setStep('code')}>
                {t('signIn.useCode')}
              </Button>
            </Form>
          )}
        </Card>
      </div>
    </main>
  );
}

/** The path may have 200 characters; where one was going is left out when it does not fit. */
const MOST_RETURN = 180;

/** How it went at the identity provider, for who comes from there; undefined for all others. */
function cameBack(): string | undefined {
  const hash = location.hash.slice(1);
  return hash === '' ? undefined : hash;
}

/** Only addresses of the console itself are gone back to. */
function insideOnly(back: string | undefined): string {
  return back !== undefined && /^\/(?![/\\])/.test(back) ? back : '/';
}
