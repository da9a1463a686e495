import { useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { addPasskey, PasskeyRefused, PasskeysElsewhere } from '../session/passkeys.ts';
import { deviceOf } from './device.ts';
import { passkeysQuery, type Passkey } from './queries.ts';

/** A new passkey, with the name that it is to have. */
export function AddPasskey({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <NameDialog
      title={t('passkeys.add')}
      why={t('passkeys.addWhy')}
      confirm={t('passkeys.goOn')}
      start={deviceOf(navigator.userAgent) ?? ''}
      send={(name) =>
        addPasskey(name).catch((error: unknown) => {
          if (error instanceof PasskeysElsewhere) throw new Error(t('passkey.elsewhere', { host: error.host }));
          if (error instanceof PasskeyRefused) throw new Error(t('passkeys.refused'));
          throw error instanceof DOMException ? new Error(t('passkeys.known')) : error;
        })
      }
      done={() => t('passkeys.done')}
      onClose={onClose}
    />
  );
}

/** Another name for a passkey; what it opens stays the same. */
export function RenamePasskey({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <NameDialog
      title={t('passkeys.renameTitle', { name: passkey.name })}
      confirm={t('form.save')}
      start={passkey.name}
      send={(name) => call('PATCH', `/auth/passkeys/${passkey.id}`, { body: { name } })}
      done={(name) => t('passkeys.renamed', { name })}
      onClose={onClose}
    />
  );
}

/** Asks for a name, and does with it what it was asked for. */
function NameDialog(props: {
  title: string;
  why?: string;
  confirm: string;
  start: string;
  send: (name: string) => Promise<unknown>;
  /** What is said then. */
  done: (name: string) => string;
  onClose: () => void;
}) {
  const { title, why, confirm, start, send, done, onClose } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<{ name: string }>();
  const { faults, isSending, submit } = useSending<{ name: string }, string>({
    form,
    send: async ({ name }) => {
      await send(name);
      return name.trim();
    },
    onDone: (name) => {
      for (const queryKey of [passkeysQuery.queryKey, ['proofs']]) void queries.invalidateQueries({ queryKey });
      void message.success(done(name));
      onClose();
    },
  });
  return (
    <Modal
      open
      title={title}
      okText={confirm}
      cancelText={t('form.cancel')}
      okButtonProps={{ loading: isSending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {why !== undefined && <p>{why}</p>}
      <Form
        name="passkey"
        form={form}
        layout="vertical"
        initialValues={{ name: start }}
        onFinish={submit}
        requiredMark={false}
      >
        <Faults faults={faults} />
        <Form.Item
          name="name"
          label={t('passkeys.name')}
          rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
        >
          <Input maxLength={64} autoFocus autoComplete="off" />
        </Form.Item>
        <button type="submit" hidden />
      </Form>
    </Modal>
  );
}
