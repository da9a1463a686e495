import { Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { CodeField } from '../session/CodeField.tsx';

/** What the steps of the second factor are asked for with. */
export interface Proof {
  readonly password: string;
  readonly code?: string;
}

/** Asks for the password, and for a code too where there is a second factor, and does what takes both. */
export function ProofDialog<R>(props: {
  title: string;
  why: string;
  confirm: string;
  withCode: boolean;
  isDanger?: boolean;
  send: (proof: Proof) => Promise<R>;
  onDone: (answer: R) => void;
  onClose: () => void;
}) {
  const { title, why, confirm, withCode, isDanger = false, send, onDone, onClose } = props;
  const { t } = useTranslation();
  const [form] = Form.useForm<Proof>();
  const { faults, isSending, submit } = useSending({ form, send, onDone });
  const needed = [{ required: true, message: t('form.needed') }];
  return (
    <Modal
      open
      title={title}
      okText={confirm}
      cancelText={t('form.cancel')}
      okButtonProps={{ danger: isDanger, loading: isSending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{why}</p>
      <Form name="proof" form={form} layout="vertical" onFinish={submit} requiredMark={false}>
        <Faults faults={faults} />
        <Form.Item name="password" label={t('signIn.password')} rules={needed}>
          <Input.Password autoComplete="current-password" autoFocus />
        </Form.Item>
        {withCode && <CodeField name="code" />}
        <button type="submit" hidden />
      </Form>
    </Modal>
  );
}
