import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Alert, App, Button, Card, Checkbox, Form, Input, InputNumber, Radio, Space, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { rightsQuery, securityQuery } from '../api/queries.ts';
import type { Security } from '../api/types.ts';
import { Faults } from '../form/Faults.tsx';
import { linesOf } from '../form/lines.ts';
import { useSending } from '../form/useSending.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';

interface Values {
  readonly memberAccess: Security['memberAccess'];
  readonly ipAllow: string;
  readonly ipDeny: string;
  readonly maxKeyLifetimeDays: number | null;
  readonly requireExpiry: boolean;
  readonly requireAddresses: boolean;
  readonly requireRangeScope: boolean;
}

/** What binds the members of a project and its keys. Members may read it; admins change it. */
export function SecurityPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/security' });
  const { data, error, refetch } = useQuery(securityQuery(projectId));
  const rights = useQuery(rightsQuery(projectId));
  return (
    <>
      <PageHead title={t('security.title')} />
      {error && !data && <PageError error={error} reset={() => void refetch()} />}
      {!error && (!data || !rights.data) && <Spin />}
      {data && rights.data && (
        <SecurityForm key={projectId} security={data} mayChange={'security.change' in rights.data.permissions} />
      )}
    </>
  );
}

function SecurityForm({ security, mayChange }: { security: Security; mayChange: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const start = { ...security, ipAllow: security.ipAllow.join('\n'), ipDeny: security.ipDeny.join('\n') };

  const { faults, isSending, submit } = useSending<Values, Security>({
    form,
    send: (values) =>
      call('PATCH', `/projects/${security.projectId}/security`, {
        body: { ...values, ipAllow: linesOf(values.ipAllow), ipDeny: linesOf(values.ipDeny) },
      }),
    onDone: (saved) => {
      queries.setQueryData(securityQuery(security.projectId).queryKey, saved);
      void message.success(t('security.saved'));
    },
  });

  return (
    <Card style={{ maxWidth: 760 }}>
      {!mayChange && <Alert type="info" showIcon title={t('security.readOnly')} style={{ marginBottom: 16 }} />}
      <Faults faults={faults} />
      <Form form={form} layout="vertical" disabled={!mayChange} initialValues={start} onFinish={submit}>
        <Form.Item name="memberAccess" label={t('security.members')} extra={t('security.membersHint')}>
          <Radio.Group
            style={{ display: 'grid', gap: 4 }}
            options={(['all', 'own', 'none'] as const).map((value) => ({
              value,
              label: t(`security.access.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="ipAllow" label={t('keys.ipAllow')} extra={t('security.addressesHint')}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} className="mono" spellCheck={false} />
        </Form.Item>
        <Form.Item name="ipDeny" label={t('keys.ipDeny')}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} className="mono" spellCheck={false} />
        </Form.Item>
        <Form.Item name="maxKeyLifetimeDays" label={t('security.lifetime')}>
          <InputNumber min={1} max={3650} placeholder={t('security.noLifetime')} style={{ width: 140 }} />
        </Form.Item>
        <Space orientation="vertical" size={0} style={{ marginBottom: 24 }}>
          {(['requireExpiry', 'requireAddresses', 'requireRangeScope'] as const).map((name) => (
            <Form.Item key={name} name={name} valuePropName="checked" style={{ marginBottom: 0 }}>
              <Checkbox>{t(`security.${name}`)}</Checkbox>
            </Form.Item>
          ))}
        </Space>
        {mayChange && (
          <div>
            <Button type="primary" htmlType="submit" loading={isSending}>
              {t('form.save')}
            </Button>
          </div>
        )}
      </Form>
    </Card>
  );
}
