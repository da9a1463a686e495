import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';

/** What an authenticator app shows now. */
export function CodeField({ name, autoFocus = false }: { name: 'code' | 'totp'; autoFocus?: boolean }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={name}
      label={t('signIn.code')}
      extra={t('signIn.codeFrom')}
      rules={[{ required: true, message: t('form.needed') }]}
    >
      <Input inputMode="numeric" autoComplete="one-time-code" autoFocus={autoFocus} maxLength={6} />
    </Form.Item>
  );
}
