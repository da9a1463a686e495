import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { FormDialog } from '../form/FormDialog.tsx';
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
  const { withCode, ...asked } = props;
  const { t } = useTranslation();
  const [form] = Form.useForm<Proof>();
  const needed = [{ required: true, message: t('form.needed') }];
  return (
    <FormDialog<Proof, R> {...asked} form={form}>
      <Form.Item name="password" label={t('signIn.password')} rules={needed}>
        <Input.Password autoComplete="current-password" autoFocus />
      </Form.Item>
      {withCode && <CodeField name="code" />}
    </FormDialog>
  );
}
