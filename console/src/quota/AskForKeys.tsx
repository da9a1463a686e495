import { Form, Input, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useAppearance } from '../appearance.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { useAct } from '../shell/useAct.tsx';
import type { QuotaRequest } from './queries.ts';

interface Values {
  readonly amount: number;
  readonly reason: string;
}

/** A request to the operator for more keys. `cap`: how many there may be now, where the caller may know it. */
export function AskForKeys({
  accountId,
  cap,
  onClose,
}: {
  accountId: string;
  cap: number | undefined;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const act = useAct();
  const [form] = Form.useForm<Values>();
  return (
    <FormDrawer<Values, QuotaRequest>
      title={t('quota.ask')}
      confirm={t('quota.send')}
      form={form}
      initialValues={cap === undefined ? {} : { amount: cap * 2 }}
      send={(body) => call('POST', `/accounts/${accountId}/quota-requests`, { body })}
      onDone={(request) => {
        onClose();
        void act(async () => request, {
          done: t('quota.sent'),
          refresh: [['quotaRequests', accountId]],
          undo: () => call('POST', `/quota-requests/${request.id}/withdraw`),
        });
      }}
      onClose={onClose}
    >
      <p className="soft">{t('quota.askWhy')}</p>
      <Form.Item
        name="amount"
        label={t('quota.amount')}
        {...(cap !== undefined && {
          extra: t('quota.amountHint', { cap: new Intl.NumberFormat(language).format(cap) }),
        })}
        rules={[{ required: true, message: t('form.needed') }]}
      >
        <InputNumber min={1} max={1_000_000} precision={0} autoFocus style={{ width: 160 }} />
      </Form.Item>
      <Form.Item
        name="reason"
        label={t('quota.reason')}
        extra={t('quota.reasonHint')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input.TextArea autoSize={{ minRows: 3, maxRows: 8 }} maxLength={500} showCount />
      </Form.Item>
    </FormDrawer>
  );
}
