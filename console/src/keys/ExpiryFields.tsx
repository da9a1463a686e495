import { DatePicker, Form, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Until } from '../shell/Until.tsx';
import { toExpiry, type KeyValues } from './keyForm.ts';

type Values = Pick<KeyValues, 'expires' | 'expiresAt'>;

/** When something ends. Whatever is chosen, the moment is said out. */
export function ExpiryFields({ choices }: { choices: readonly string[] }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Values>();
  const expires = Form.useWatch('expires', form) ?? 'never';
  const expiresAt = Form.useWatch('expiresAt', form) ?? null;
  const at = toExpiry({ expires, expiresAt }, Date.now());
  const said = at && <Until at={at} />;
  return (
    <>
      <Form.Item name="expires" label={t('keys.expires')} extra={expires !== 'at' && said}>
        <Select options={choices.map((value) => ({ value, label: t(`expiry.${value as 'never'}`) }))} />
      </Form.Item>
      {expires === 'at' && (
        <Form.Item name="expiresAt" extra={said} rules={[{ required: true, message: t('form.needed') }]}>
          <DatePicker showTime style={{ width: '100%' }} />
        </Form.Item>
      )}
    </>
  );
}
