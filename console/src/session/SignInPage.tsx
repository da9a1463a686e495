import { KeyOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Button, Divider, Form, Input } from 'antd';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call, mayBeBack } from '../api/client.ts';
import type { SignInAnswer } from '../api/types.ts';
import { cameBack, takeOutcome } from './arrival.ts';
import { EntryFrame } from './EntryFrame.tsx';
import { insideOnly } from './insideOnly.ts';
import { hasPasskeys, PasskeyRefused, PasskeysElsewhere, provePasskey } from './passkeys.ts';
import { goToProvider, providerQuery } from './provider.ts';
import { Refused } from './Refused.tsx';
import { SecondStep } from './SecondStep.tsx';
import { tellOthers, useOthers } from './useStaying.ts';

/** By password (then a code where one is set up), passkey or identity provider; then back to where one came from. */
export function SignInPage() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { back } = useSearch({ from: '/sign-in' });
  const [step, setStep] = useState(() => (cameBack() === 'second_factor_required' ? 'code' : 'password'));
  const [refused, setRefused] = useState(() => cameBack()?.startsWith('error=') === true);
  const [fault, setFault] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const provider = useQuery(providerQuery).data?.name ?? null;

  async function trying(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setRefused(false);
    setFault(null);
    try {
      await work();
    } catch (error) {
      setFault(error as Error);
    } finally {
      setBusy(false);
    }
  }

  async function goOn(): Promise<void> {
    queries.clear();
    await navigate({ href: insideOnly(back), replace: true });
  }
  async function enter(): Promise<void> {
    // A window beside this one may be somebody else's: what is clicked there now would be done in this name.
    tellOthers();
    await goOn();
  }
  useOthers(() => {
    // Who signed in beside this window is signed in here too. Refused or not answered, there is still the form.
    call('GET', '/auth/session').then(goOn, () => undefined);
  });

  const onArrival = useEffectEvent(() => {
    if (takeOutcome() === 'signed_in') void enter();
  });
  useEffect(() => onArrival(), []);
  const onOffered = useEffectEvent((signal: AbortSignal) => void offerPasskey(signal, enter, setFault));
  const offer = useRef<AbortController>(null);
  useEffect(() => {
    if (!hasPasskeys || step !== 'password') return undefined;
    const begun = new AbortController();
    offer.current = begun;
    onOffered(begun.signal);
    return () => begun.abort();
  }, [step]);

  const byProvider = () =>
    trying(() =>
      goToProvider(
        'sign-in',
        back === undefined ? '/sign-in' : `/sign-in?back=${encodeURIComponent(insideOnly(back))}`,
        '/sign-in',
      ),
    );
  const byPasskey = () =>
    trying(async () => {
      // A browser answers one question at a time.
      offer.current?.abort();
      await provePasskey();
      await enter();
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

  const faults = (
    <>
      <Refused error={fault} />
      {refused && <Alert type="error" showIcon title={t('signIn.providerRefused')} style={{ marginBottom: 16 }} />}
    </>
  );
  if (step === 'code')
    return (
      <EntryFrame title={t('signIn.secondTitle')}>
        {faults}
        <SecondStep busy={busy} onCode={(values) => void withCode(values)} />
        <Told title={t('signIn.lostTitle')}>{t('signIn.lost')}</Told>
      </EntryFrame>
    );
  return (
    <EntryFrame title={t('signIn.title')}>
      {faults}
      <Form
        layout="vertical"
        onFinish={(values: { email: string; password: string }) => void withPassword(values)}
        requiredMark={false}
      >
        <Form.Item name="email" label={t('signIn.email')} rules={[{ required: true, message: t('form.needed') }]}>
          <Input type="email" autoComplete="username webauthn" autoFocus />
        </Form.Item>
        <Form.Item name="password" label={t('signIn.password')} rules={[{ required: true, message: t('form.needed') }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy} block>
          {t('signIn.enter')}
        </Button>
      </Form>
      {(hasPasskeys || provider !== null) && (
        <>
          <Divider plain>{t('signIn.or')}</Divider>
          <div className="entry-ways">
            {provider !== null && (
              <Button block disabled={busy} onClick={() => void byProvider()}>
                {t('signIn.withProvider', { name: provider })}
              </Button>
            )}
            {hasPasskeys && (
              <Button block icon={<KeyOutlined />} disabled={busy} onClick={() => void byPasskey()}>
                {t('passkey.signIn')}
              </Button>
            )}
          </div>
        </>
      )}
      <div style={{ marginTop: 20 }}>
        <Told title={t('signIn.forgottenTitle')}>{t('signIn.forgotten')}</Told>
        {provider !== null && (
          <Told title={t('signIn.providerFirstTitle', { name: provider })}>
            {t('signIn.providerFirst', { name: provider })}
          </Told>
        )}
        <Told title={t('signIn.firstTitle')}>{t('signIn.first')}</Told>
      </div>
    </EntryFrame>
  );
}

/** What only some want to know. */
function Told({ title, children }: { title: string; children: string }) {
  return (
    <details className="told">
      <summary>{title}</summary>
      <p>{children}</p>
    </details>
  );
}

/** Lets the browser offer passkeys in the field of the e-mail, beside what it knows to fill in. */
async function offerPasskey(
  signal: AbortSignal,
  enter: () => Promise<void>,
  refuse: (error: Error) => void,
): Promise<void> {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable())) return;
  try {
    await provePasskey({ signal });
    await enter();
  } catch (error) {
    // Nobody asked for it yet: only what came of an answer is said.
    const isSilent = error instanceof PasskeyRefused || error instanceof PasskeysElsewhere;
    if (!isSilent && error instanceof ApiError && !mayBeBack(error)) refuse(error);
  }
}
