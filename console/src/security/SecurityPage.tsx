import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Alert, App, Button, Card, Flex, Form, Input, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { rightsQuery, securityQuery } from '../api/queries.ts';
import type { Security } from '../api/types.ts';
import { changedIn, follow, useFollowing } from '../form/changes.ts';
import { Choices } from '../form/Choices.tsx';
import { Faults } from '../form/Faults.tsx';
import { linesOf } from '../form/lines.ts';
import { useSending } from '../form/useSending.ts';
import { missedOf } from '../shell/missedOf.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Bound } from './Bound.tsx';
import { RuleFields } from './RuleFields.tsx';

type Values = Omit<Security, 'projectId' | 'ipAllow' | 'ipDeny'> & {
  readonly ipAllow: string;
  readonly ipDeny: string;
};

/** What binds the members of a project and its keys. Members may read it; admins change it. */
export function SecurityPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/security' });
  const security = useQuery(securityQuery(projectId));
  const rights = useQuery(rightsQuery(projectId));
  const { error, refetch } = missedOf([security, rights]);
  return (
    <>
      <PageHead title={t('security.title')} />
      {security.data && rights.data ? (
        <SecurityForm
          key={projectId}
          security={security.data}
          mayChange={'security.change' in rights.data.permissions}
        />
      ) : error ? (
        <PageError error={error} reset={() => void refetch()} />
      ) : (
        <Spin />
      )}
    </>
  );
}

function SecurityForm({ security, mayChange }: { security: Security; mayChange: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { projectId } = security;
  const start = valuesOf(security);
  useFollowing(form, start);
  const access = Form.useWatch('memberAccess', form) ?? security.memberAccess;

  const { faults, isSending, submit } = useSending<Values, Security>({
    form,
    send: async (values) => {
      const body = changedIn(toBody(values), toBody(start));
      const saved = await call<Security>('PATCH', `/projects/${projectId}/security`, { body });
      follow(form, values, valuesOf(saved));
      return saved;
    },
    onDone: (saved) => {
      queries.setQueryData(securityQuery(projectId).queryKey, saved);
      // What members see of keys may be another now.
      void queries.invalidateQueries({ queryKey: ['rights'] });
      void message.success(t('security.saved'));
    },
  });

  return (
    <Form form={form} layout="vertical" disabled={!mayChange} initialValues={start} onFinish={submit}>
      <Flex vertical gap={16} style={{ maxWidth: 960 }}>
        {!mayChange && <Alert type="info" showIcon title={t('security.readOnly')} />}
        <Card title={t('security.members')}>
          <Form.Item name="memberAccess">
            <Choices
              options={(['all', 'own', 'none'] as const).map((value) => ({
                value,
                label: t(`security.access.${value}`),
                hint: t(`security.accessHint.${value}`),
              }))}
            />
          </Form.Item>
          <Bound projectId={projectId} access={access} />
        </Card>
        <Card title={t('security.addresses')}>
          <p className="soft" style={{ marginTop: 0 }}>
            {t('security.addressesHint')}
          </p>
          <Form.Item name="ipAllow" label={t('keys.ipAllow')} extra={t('security.allowHint')}>
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} className="mono" spellCheck={false} />
          </Form.Item>
          <Form.Item name="ipDeny" label={t('keys.ipDeny')} extra={t('security.denyHint')}>
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} className="mono" spellCheck={false} />
          </Form.Item>
        </Card>
        <Card title={t('security.rules')}>
          <p className="soft" style={{ marginTop: 0 }}>
            {t('security.rulesHint')}
          </p>
          <RuleFields />
        </Card>
        <Faults faults={faults} />
        {mayChange && (
          <div>
            <Button type="primary" htmlType="submit" loading={isSending}>
              {t('form.save')}
            </Button>
          </div>
        )}
      </Flex>
    </Form>
  );
}

function valuesOf(security: Security): Values {
  const { projectId: _, ...rest } = security;
  return { ...rest, ipAllow: rest.ipAllow.join('\n'), ipDeny: rest.ipDeny.join('\n') };
}

function toBody(values: Values): object {
  return { ...values, ipAllow: linesOf(values.ipAllow), ipDeny: linesOf(values.ipDeny) };
}
