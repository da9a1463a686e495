import { Form, Modal, type FormInstance } from 'antd';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FormBody } from './FormBody.tsx';
import { useSending } from './useSending.ts';

/** A short question in the middle of the page. It closes when the server has taken the answer, or when it is given up. */
export function FormDialog<V extends object, R>(props: {
  title: string;
  why?: string;
  /** What the button says that sends it. */
  confirm: string;
  isDanger?: boolean;
  form: FormInstance<V>;
  initialValues?: Partial<V>;
  send: (values: V) => Promise<R>;
  onDone: (answer: R) => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { title, why, confirm, isDanger = false, form, initialValues, onClose, children } = props;
  const { t } = useTranslation();
  // Fields of the page may have the same names: a label is to lead to the field in here.
  const name = useId();
  const { faults, isSending, submit } = useSending<V, R>(props);
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
      {why !== undefined && <p>{why}</p>}
      <Form<V>
        name={name}
        form={form}
        layout="vertical"
        {...(initialValues && { initialValues })}
        onFinish={submit}
        requiredMark={false}
      >
        <FormBody faults={faults}>{children}</FormBody>
      </Form>
    </Modal>
  );
}
