import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Card, Checkbox, Form, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { accountSecurityQuery } from '../api/queries.ts';
import type { AccountSecurity } from '../api/types.ts';
import { changedIn, useFollowing } from '../form/changes.ts';
import { Choices } from '../form/Choices.tsx';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { RuleFields } from '../security/RuleFields.tsx';
import { PartError } from '../shell/PartError.tsx';
import { useConfirm } from '../shell/useConfirm.ts';

type Values = Omit<AccountSecurity, 'accountId'>;

/** What an account asks of its keys and of the people who look after them. */
export function AccountSecurityForm({ accountId, mayChange }: { accountId: string; mayChange: boolean }) {
  const { t } = useTranslation();
  const asked = useQuery(accountSecurityQuery(accountId));
  const { data, error } = asked;
  return (
    <Card title={t('settings.security')}>
      {!data && <PartError of={asked} />}
      {!data && !error && <Spin />}
      {data && <SecurityFields security={data} mayChange={mayChange} />}
    </Card>
  );
}

function SecurityFields({ security, mayChange }: { security: AccountSecurity; mayChange: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const confirm = useConfirm();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { accountId, ...start } = security;
  useFollowing(form, start);
  const { faults, isSending, submit } = useSending<Values, AccountSecurity>({
    form,
    send: (values) => call('PATCH', `/accounts/${accountId}/security`, { body: changedIn(values, start) }),
    onDone: (saved) => {
      queries.setQueryData(accountSecurityQuery(accountId).queryKey, saved);
      void message.success(t('settings.saved'));
    },
  });

  /** What forgets values for good is asked about first. */
  function save(values: Values): void {
    if (start.keyReveal === 'once' || values.keyReveal !== 'once') return submit(values);
    confirm({
      title: t('settings.forgetTitle'),
      content: t('settings.forgetWhy'),
      okText: t('settings.forget'),
      onOk: () => submit(values),
    });
  }

  return (
    <Form form={form} layout="vertical" disabled={!mayChange} initialValues={start} onFinish={save}>
      {!mayChange && <Alert type="info" showIcon title={t('settings.readOnly')} style={{ marginBottom: 16 }} />}
      <Faults faults={faults} />
      <Form.Item name="keyReveal" label={t('settings.reveal')}>
        <Choices
          options={(['once', 'recoverable'] as const).map((value) => ({
            value,
            label: t(`settings.reveals.${value}`),
            hint: t(`settings.revealHints.${value}`),
          }))}
        />
      </Form.Item>
      <Form.Item name="onLeakReport" label={t('settings.leak')}>
        <Choices
          options={(['disable', 'notify'] as const).map((value) => ({
            value,
            label: t(`settings.leaks.${value}`),
            hint: t(`settings.leakHints.${value}`),
          }))}
        />
      </Form.Item>
      <Form.Item name="stepUp" valuePropName="checked" extra={t('settings.stepUpWhy')}>
        <Checkbox>{t('settings.stepUp')}</Checkbox>
      </Form.Item>
      <Form.Item name="customKeys" valuePropName="checked" extra={t('settings.customKeysWhy')}>
        <Checkbox>{t('settings.customKeys')}</Checkbox>
      </Form.Item>
      <RuleFields />
      {mayChange && (
        <Button type="primary" htmlType="submit" loading={isSending}>
          {t('form.save')}
        </Button>
      )}
    </Form>
  );
}
