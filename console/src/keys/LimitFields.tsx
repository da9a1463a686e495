import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Flex, Form, Input, Select, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { WINDOWS, type LimitValues } from './keyForm.ts';

const MOST = 20;

/** Limits of a new key, with those people ask for most at hand. */
export function LimitFields() {
  const { t } = useTranslation();
  return (
    <Form.List name="limits">
      {(fields, { add, remove }) => (
        <div style={{ marginBottom: 24 }}>
          <Typography.Text>{t('limits.title')}</Typography.Text>
          {fields.map(({ key, name }) => (
            <Flex key={key} gap={8} wrap align="baseline" style={{ marginTop: 8 }}>
              <Form.Item name={[name, 'unit']} noStyle>
                <Select
                  aria-label={t('limits.unit')}
                  style={{ width: 130 }}
                  options={(['cost', 'requests', 'tokens', 'concurrency'] as const).map((value) => ({
                    value,
                    label: t(`unit.${value}`),
                  }))}
                />
              </Form.Item>
              <Form.Item
                name={[name, 'amount']}
                style={{ marginBottom: 0, width: 130 }}
                rules={[{ required: true, pattern: /^\d[\d\s,_]*(?:\.\d{1,9})?$/, message: t('limits.amountNeeded') }]}
              >
                <Input aria-label={t('limits.amount')} inputMode="decimal" placeholder="100" />
              </Form.Item>
              <Form.Item noStyle shouldUpdate>
                {({ getFieldValue }) =>
                  (getFieldValue(['limits', name, 'unit']) as string) !== 'concurrency' && (
                    <Form.Item name={[name, 'window']} noStyle>
                      <Select
                        aria-label={t('limits.window')}
                        style={{ width: 200 }}
                        options={Object.keys(WINDOWS).map((value) => ({
                          value,
                          label: t(`window.${value as 'lifetime'}`),
                        }))}
                      />
                    </Form.Item>
                  )
                }
              </Form.Item>
              <Button
                type="text"
                icon={<DeleteOutlined />}
                aria-label={t('limits.remove')}
                onClick={() => remove(name)}
              />
            </Flex>
          ))}
          <Flex gap={8} wrap style={{ marginTop: 8 }}>
            {fields.length < MOST &&
              QUICK.map((one) => (
                <Button key={one.window} size="small" icon={<PlusOutlined />} onClick={() => add(one)}>
                  {t(`limits.quick.${one.quick}`)}
                </Button>
              ))}
          </Flex>
        </div>
      )}
    </Form.List>
  );
}

const QUICK: readonly (LimitValues & { readonly quick: 'quota' | '5h' | '1d' | '7d' })[] = [
  { quick: 'quota', unit: 'cost', window: 'lifetime' },
  { quick: '5h', unit: 'cost', window: '5h' },
  { quick: '1d', unit: 'cost', window: '1d' },
  { quick: '7d', unit: 'cost', window: '7d' },
];
