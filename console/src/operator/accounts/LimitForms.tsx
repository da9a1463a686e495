import { useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import type { Limit } from '../../api/types.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import { toLimit, WINDOWS, type LimitValues } from '../../keys/keyForm.ts';

const UNITS = ['cost', 'requests', 'tokens', 'concurrency'] as const;
const AMOUNT = /^\s*\d[\d\s,_]*(?:\.\d{1,9})?\s*$/;

/** A limit that the account did not have. */
export function SetLimit({ accountId, onClose }: { accountId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<LimitValues>();
  const unit = Form.useWatch('unit', form);
  const onDone = useDone(accountId, onClose);
  return (
    <FormDrawer<LimitValues, Limit>
      title={t('accounts.setLimit')}
      confirm={t('form.save')}
      form={form}
      initialValues={{ unit: 'cost', window: 'month' }}
      send={(values) => call('POST', `/accounts/${accountId}/limits`, { body: toLimit(values) })}
      onDone={onDone}
      onClose={onClose}
    >
      <p className="soft">{t('accounts.limitsWhy')}</p>
      <Form.Item name="unit" label={t('limits.unit')}>
        <Select options={UNITS.map((value) => ({ value, label: t(`unit.${value}`) }))} />
      </Form.Item>
      <Amount />
      {unit !== 'concurrency' && (
        <Form.Item name="window" label={t('limits.window')}>
          <Select
            options={Object.keys(WINDOWS).map((value) => ({ value, label: t(`window.${value as 'lifetime'}`) }))}
          />
        </Form.Item>
      )}
    </FormDrawer>
  );
}

/** Raises or lowers one: another unit or window would be another limit. */
export function ChangeLimit(props: { accountId: string; limit: Limit; onClose: () => void }) {
  const { accountId, limit, onClose } = props;
  const { t } = useTranslation();
  const [form] = Form.useForm<Pick<LimitValues, 'amount'>>();
  const onDone = useDone(accountId, onClose);
  return (
    <FormDrawer<Pick<LimitValues, 'amount'>, Limit>
      title={t('accounts.changeLimitTitle', { unit: t(`unit.${limit.unit}`) })}
      confirm={t('form.save')}
      form={form}
      initialValues={{ amount: String(limit.amount) }}
      send={({ amount = '' }) => {
        const plain = amount.replaceAll(/[\s,_]/g, '');
        return call('PATCH', `/limits/${limit.id}`, {
          body: { amount: limit.unit === 'cost' ? plain : Number(plain) },
        });
      }}
      onDone={onDone}
      onClose={onClose}
    >
      <p className="soft">{t('accounts.changeLimitWhy')}</p>
      <Amount />
    </FormDrawer>
  );
}

function Amount() {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="amount"
      label={t('limits.amount')}
      rules={[{ required: true, pattern: AMOUNT, message: t('limits.amountNeeded') }]}
    >
      <Input inputMode="decimal" placeholder="100" autoFocus autoComplete="off" style={{ width: 200 }} />
    </Form.Item>
  );
}

function useDone(accountId: string, onClose: () => void): () => void {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: ['account', accountId] });
    void message.success(t('accounts.limitSet'));
    onClose();
  };
}
