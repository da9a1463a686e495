import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Card, Form, InputNumber, Progress, Spin } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { useAppearance } from '../../appearance.ts';
import { useChanges } from '../../form/changes.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import { accountQuotaQuery, type AccountQuota } from '../../quota/queries.ts';
import { PartError } from '../../shell/PartError.tsx';

/** How many keys the account has, of how many it may have. */
export function AccountQuotaCard({ accountId }: { accountId: string }) {
  const { t } = useTranslation();
  const asked = useQuery(accountQuotaQuery(accountId));
  const { data: quota, error } = asked;
  const [isChanging, setChanging] = useState(false);
  return (
    <Card
      title={t('accounts.quota')}
      extra={
        quota && (
          <Button size="small" onClick={() => setChanging(true)}>
            {t('accounts.change')}
          </Button>
        )
      }
      style={{ flex: '1 1 320px', minWidth: 0 }}
    >
      <PartError of={asked} />
      {!quota && !error && <Spin />}
      {quota && <QuotaMeter quota={quota} />}
      {quota && isChanging && <ChangeQuota accountId={accountId} quota={quota} onClose={() => setChanging(false)} />}
    </Card>
  );
}

function QuotaMeter({ quota: { keys, keyCap, memberKeyCap } }: { quota: AccountQuota }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const number = new Intl.NumberFormat(language);
  const percent = keyCap === 0 ? 100 : Math.min(100, (keys / keyCap) * 100);
  const told = t('accounts.keysOf', { keys: number.format(keys), cap: number.format(keyCap) });
  return (
    <>
      <div>{told}</div>
      <Progress percent={percent} showInfo={false} status={keys >= keyCap ? 'exception' : 'normal'} aria-label={told} />
      <div className="soft">
        {memberKeyCap === null
          ? t('accounts.noMemberCap')
          : t('accounts.memberCapIs', { cap: number.format(memberKeyCap) })}
      </div>
    </>
  );
}

type Values = Pick<AccountQuota, 'keyCap' | 'memberKeyCap'>;

function ChangeQuota(props: { accountId: string; quota: AccountQuota; onClose: () => void }) {
  const { accountId, quota, onClose } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const changes = useChanges(quota);
  return (
    <FormDrawer<Values, AccountQuota>
      title={t('accounts.quotaTitle')}
      confirm={t('form.save')}
      form={form}
      initialValues={{ keyCap: quota.keyCap, memberKeyCap: quota.memberKeyCap }}
      send={({ keyCap, memberKeyCap }) =>
        call('PATCH', `/accounts/${accountId}/quota`, { body: changes({ keyCap, memberKeyCap }) })
      }
      onDone={(saved) => {
        queries.setQueryData(accountQuotaQuery(accountId).queryKey, saved);
        void message.success(t('accounts.quotaSaved', { count: saved.keyCap }));
        onClose();
      }}
      onClose={onClose}
    >
      <p className="soft">{t('accounts.quotaWhy')}</p>
      <Form.Item name="keyCap" label={t('accounts.keyCap')} rules={[{ required: true, message: t('form.needed') }]}>
        <InputNumber min={0} precision={0} autoFocus style={{ width: 160 }} />
      </Form.Item>
      <Form.Item name="memberKeyCap" label={t('accounts.memberCap')} extra={t('accounts.memberCapWhy')}>
        <InputNumber min={0} precision={0} placeholder={t('accounts.unbounded')} style={{ width: 160 }} />
      </Form.Item>
    </FormDrawer>
  );
}
