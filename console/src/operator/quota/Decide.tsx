import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { useAppearance } from '../../appearance.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import { Facts } from '../../shell/Facts.tsx';
import { accountQuotaQuery, type QuotaRequest } from '../../quota/queries.ts';

interface Asked {
  readonly request: QuotaRequest;
  /** Its name. */
  readonly account: string;
  readonly onClose: () => void;
}

/** Raises the cap of the account at once: to what was asked for, or to something else. */
export function Approve({ request, account, onClose }: Asked) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ amount: number; note?: string }>();
  const onDone = useDone(request.accountId, t('quotaRequests.approved', { name: account }), onClose);
  return (
    <FormDrawer<{ amount: number; note?: string }, QuotaRequest>
      title={t('quotaRequests.approveTitle', { name: account })}
      confirm={t('quotaRequests.approve')}
      form={form}
      initialValues={{ amount: request.amount }}
      send={({ amount, note = '' }) =>
        call('POST', `/quota-requests/${request.id}/approve`, {
          body: { amount, ...(note.trim() !== '' && { note: note.trim() }) },
        })
      }
      onDone={onDone}
      onClose={onClose}
    >
      <Standing request={request} />
      <Form.Item
        name="amount"
        label={t('quotaRequests.grant')}
        extra={t('quotaRequests.grantWhy')}
        rules={[{ required: true, message: t('form.needed') }]}
      >
        <InputNumber min={1} precision={0} autoFocus style={{ width: 160 }} />
      </Form.Item>
      <Form.Item name="note" label={t('quotaRequests.note')}>
        <Input.TextArea maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} />
      </Form.Item>
    </FormDrawer>
  );
}

/** Says why; nothing changes for the account. */
export function Reject({ request, account, onClose }: Asked) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ note: string }>();
  const onDone = useDone(request.accountId, t('quotaRequests.rejected', { name: account }), onClose);
  return (
    <FormDrawer<{ note: string }, QuotaRequest>
      title={t('quotaRequests.rejectTitle', { name: account })}
      confirm={t('quotaRequests.reject')}
      form={form}
      initialValues={{}}
      send={({ note }) => call('POST', `/quota-requests/${request.id}/reject`, { body: { note: note.trim() } })}
      onDone={onDone}
      onClose={onClose}
    >
      <Standing request={request} />
      <Form.Item
        name="note"
        label={t('quotaRequests.noteNeeded')}
        rules={[{ required: true, whitespace: true, message: t('quotaRequests.sayWhy') }]}
      >
        <Input.TextArea maxLength={500} autoFocus autoSize={{ minRows: 2, maxRows: 6 }} />
      </Form.Item>
    </FormDrawer>
  );
}

/** What was asked for and why, and where the account stands. */
function Standing({ request }: { request: QuotaRequest }) {
  const { t } = useTranslation();
  const number = new Intl.NumberFormat(useAppearance().language);
  const { data } = useQuery(accountQuotaQuery(request.accountId));
  const has = data && { keys: number.format(data.keys), cap: number.format(data.keyCap) };
  return (
    <div style={{ marginBottom: 16 }}>
      <Facts
        facts={[
          [t('quotaRequests.amount'), number.format(request.amount)],
          [t('quotaRequests.now'), has ? t('quotaRequests.keysOf', has) : '…'],
          [
            t('quotaRequests.reason'),
            <span key="reason" className="any">
              {request.reason}
            </span>,
          ],
        ]}
      />
    </div>
  );
}

function useDone(accountId: string, said: string, onClose: () => void): () => void {
  const { message } = App.useApp();
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: ['quotaRequests'] });
    void queries.invalidateQueries({ queryKey: accountQuotaQuery(accountId).queryKey });
    void message.success(said);
    onClose();
  };
}
