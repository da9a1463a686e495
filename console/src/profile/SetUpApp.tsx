import { Button, Form, Input, Modal, QRCode } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import type { SignedIn } from '../api/types.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { Copied } from '../shell/OnceDialog.tsx';

/** What an authenticator app is given, and the codes for the day it is lost. */
export interface Started {
  readonly uri: string;
  readonly recoveryCodes: readonly string[];
}

/** Shows the secret to the app, as a picture drawn here and as text. A first code turns it on; until then nothing changes. */
export function SetUpApp(props: { started: Started; onDone: (signedIn: SignedIn) => void; onClose: () => void }) {
  const { started, onDone, onClose } = props;
  const { t } = useTranslation();
  const [form] = Form.useForm<{ code: string }>();
  const { faults, isSending, submit } = useSending<{ code: string }, SignedIn>({
    form,
    send: (body) => call('POST', '/auth/totp/confirm', { body }),
    onDone,
  });
  const secret = new URL(started.uri).searchParams.get('secret') ?? '';
  return (
    <Modal
      open
      title={t('secondFactor.setUp')}
      okText={t('secondFactor.turnOn')}
      cancelText={t('form.cancel')}
      okButtonProps={{ loading: isSending }}
      mask={{ closable: false }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{t('secondFactor.scan')}</p>
      <div style={{ display: 'grid', placeItems: 'center' }}>
        {/* Dark on light in every theme: that is what cameras read. */}
        <QRCode
          type="svg"
          value={started.uri}
          size={200}
          color="#000000"
          bgColor="#ffffff"
          aria-label={t('secondFactor.picture')}
        />
      </div>
      <p style={{ marginBottom: 8 }}>
        {t('secondFactor.byHand')}{' '}
        <Button type="link" href={started.uri} style={{ padding: 0, height: 'auto' }}>
          {t('secondFactor.openApp')}
        </Button>
      </p>
      <Copied text={secret} label={t('secondFactor.copySecret')} />
      <Form
        name="firstCode"
        form={form}
        layout="vertical"
        onFinish={submit}
        requiredMark={false}
        style={{ marginTop: 20 }}
      >
        <Faults faults={faults} />
        <Form.Item
          name="code"
          label={t('secondFactor.firstCode')}
          rules={[{ required: true, message: t('form.needed') }]}
        >
          <Input inputMode="numeric" autoComplete="one-time-code" maxLength={6} autoFocus style={{ width: 140 }} />
        </Form.Item>
        <button type="submit" hidden />
      </Form>
    </Modal>
  );
}
