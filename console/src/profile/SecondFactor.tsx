import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import type { SignedIn } from '../api/types.ts';
import { State } from '../shell/State.tsx';
import { ProofDialog } from './ProofDialog.tsx';
import { RecoveryCodes } from './RecoveryCodes.tsx';
import { Section } from './Section.tsx';
import { SetUpApp, type Started } from './SetUpApp.tsx';

/** The authenticator app, and the codes for the day it is lost. What is shown once is held here and nowhere else. */
export function SecondFactor({ isOn, hasPassword }: { isOn: boolean; hasPassword: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<'setUp' | 'turnOff' | 'newCodes' | null>(null);
  const [started, setStarted] = useState<Started | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const close = () => setAsked(null);

  function changed(signedIn: SignedIn): void {
    queries.setQueryData(sessionQuery.queryKey, signedIn);
    for (const name of ['sessions', 'proofs']) void queries.invalidateQueries({ queryKey: [name] });
  }

  return (
    <Section
      title={t('secondFactor.title')}
      actions={<State kind={isOn ? 'good' : 'off'}>{isOn ? t('secondFactor.on') : t('secondFactor.off')}</State>}
    >
      <p className="soft" style={{ marginTop: 0 }}>
        {hasPassword ? t('secondFactor.why') : t('secondFactor.noPassword')}
      </p>
      {hasPassword && (
        <Flex gap={8} wrap>
          {!isOn && <Button onClick={() => setAsked('setUp')}>{t('secondFactor.setUp')}</Button>}
          {isOn && <Button onClick={() => setAsked('newCodes')}>{t('secondFactor.newCodes')}</Button>}
          {isOn && (
            <Button danger onClick={() => setAsked('turnOff')}>
              {t('secondFactor.turnOff')}
            </Button>
          )}
        </Flex>
      )}
      {asked === 'setUp' && (
        <ProofDialog<Started>
          title={t('secondFactor.setUp')}
          why={t('secondFactor.setUpWhy')}
          confirm={t('identity.prove')}
          withCode={false}
          send={(body) => call('POST', '/auth/totp', { body })}
          onDone={(answer) => {
            close();
            setStarted(answer);
          }}
          onClose={close}
        />
      )}
      {started && (
        <SetUpApp
          started={started}
          onDone={(signedIn) => {
            changed(signedIn);
            setCodes(started.recoveryCodes);
            setStarted(null);
          }}
          onClose={() => setStarted(null)}
        />
      )}
      {asked === 'turnOff' && (
        <ProofDialog<SignedIn>
          title={t('secondFactor.turnOffTitle')}
          why={t('secondFactor.turnOffWhy')}
          confirm={t('secondFactor.turnOff')}
          withCode
          isDanger
          send={(body) => call('POST', '/auth/totp/disable', { body })}
          onDone={(signedIn) => {
            close();
            changed(signedIn);
            void message.success(t('secondFactor.turnedOff'));
          }}
          onClose={close}
        />
      )}
      {asked === 'newCodes' && (
        <ProofDialog<Pick<Started, 'recoveryCodes'>>
          title={t('secondFactor.newCodes')}
          why={t('secondFactor.newCodesWhy')}
          confirm={t('secondFactor.newCodes')}
          withCode
          send={(body) => call('POST', '/auth/recovery-codes', { body })}
          onDone={({ recoveryCodes }) => {
            close();
            setCodes(recoveryCodes);
          }}
          onClose={close}
        />
      )}
      {codes && <RecoveryCodes codes={codes} onClose={() => setCodes(null)} />}
    </Section>
  );
}
