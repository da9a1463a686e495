import { useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { passkeysQuery, type Passkey } from './queries.ts';

/** Another name for a passkey; what it opens stays the same. */
export function RenamePasskey({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<{ name: string }>();
  const { faults, isSending, submit } = useSending<{ name: string }, Passkey>({
    form,
    send: (body) => call('PATCH', `/auth/passkeys/${passkey.id}`, { body }),
    onDone: ({ name }) => {
      void queries.invalidateQueries({ queryKey: passkeysQuery.queryKey });
      void message.success(t('passkeys.renamed', { name }));
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t('passkeys.renameTitle', { name: passkey.name })}
      okText={t('form.save')}
      cancelText={t('form.cancel')}
      okButtonProps={{ loading: isSending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form
        name="passkeyName"
        form={form}
        layout="vertical"
        initialValues={{ name: passkey.name }}
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
