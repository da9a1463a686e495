import { Checkbox, Form, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';

/** What is asked of keys when they are made or changed. */
export function RuleFields() {
  const { t } = useTranslation();
  return (
    <>
      {(['requireExpiry', 'requireAddresses', 'requireRangeScope'] as const).map((name) => (
        <Form.Item
          key={name}
          name={name}
          valuePropName="checked"
          extra={t(`security.why.${name}`)}
          style={{ marginBottom: 12 }}
        >
          <Checkbox>{t(`security.${name}`)}</Checkbox>
        </Form.Item>
      ))}
      <Form.Item name="maxKeyLifetimeDays" label={t('security.lifetime')}>
        <InputNumber min={1} max={3650} placeholder={t('security.noLifetime')} style={{ width: 140 }} />
      </Form.Item>
    </>
  );
}
