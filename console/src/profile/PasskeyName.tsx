import { useQueryClient } from '@tanstack/react-query';
import { App, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { FormDialog } from '../form/FormDialog.tsx';
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
  const { start, send, done, ...asked } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<{ name: string }>();
  return (
    <FormDialog<{ name: string }, string>
      {...asked}
      form={form}
      initialValues={{ name: start }}
      send={async ({ name }) => {
        await send(name);
        return name.trim();
      }}
      onDone={(name) => {
        for (const queryKey of [passkeysQuery.queryKey, ['proofs']]) void queries.invalidateQueries({ queryKey });
        void message.success(done(name));
        asked.onClose();
      }}
    >
      <Form.Item
        name="name"
        label={t('passkeys.name')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input maxLength={64} autoFocus autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}
