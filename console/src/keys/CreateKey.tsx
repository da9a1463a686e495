import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, AutoComplete, Button, Drawer, Flex, Form, Grid, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call } from '../api/client.ts';
import { accountSecurityQuery, projectsQuery } from '../api/queries.ts';
import type { CreatedKey } from '../api/types.ts';
import { NotProved, proving } from '../session/proving.ts';
import { placeFaults, toCreation, type KeyValues } from './keyForm.ts';
import { KeyFields } from './KeyFields.tsx';
import { LimitFields } from './LimitFields.tsx';

const NAMES = ['prod-api', 'staging-web', 'dev-local', 'billing-worker', 'customer-support-tool'];
const START: KeyValues = { mode: 'all', expires: 'never', limits: [] };
const TEMPORARY: Partial<KeyValues> = {
  expires: '7d',
  limits: [{ unit: 'cost', amount: '10', window: 'lifetime' }],
};

/** Everything a new key can be, in one place. What was typed stays when the server finds a fault. */
export function CreateKey(props: { projectId: string; onClose: () => void; onCreated: (key: CreatedKey) => void }) {
  const { projectId, onClose, onCreated } = props;
  const { t } = useTranslation();
  const queries = useQueryClient();
  const screens = Grid.useBreakpoint();
  const [form] = Form.useForm<KeyValues>();
  const [faults, setFaults] = useState<readonly string[]>([]);
  // Sent again after a lost answer it makes nothing twice.
  const [attempt, setAttempt] = useState(() => crypto.randomUUID());
  const { data: projects } = useQuery(projectsQuery);
  const accountId = projects?.data.find(({ id }) => id === projectId)?.accountId;
  const security = useQuery({ ...accountSecurityQuery(accountId ?? ''), enabled: accountId !== undefined });

  const create = useMutation({
    mutationFn: (values: KeyValues) =>
      proving(() =>
        call<CreatedKey>('POST', `/projects/${projectId}/keys`, {
          body: toCreation(values, Date.now()),
          headers: { 'idempotency-key': `"${attempt}"` },
        }),
      ),
    onSuccess: async (key) => {
      onCreated(key);
      await queries.invalidateQueries({ queryKey: ['keys'] });
    },
    onError: (error) => {
      if (error instanceof NotProved) return;
      // What is sent next is another creation, unless nobody knows what became of this one.
      if (error instanceof ApiError && error.problem.status !== 0) setAttempt(crypto.randomUUID());
      setFaults(error instanceof ApiError ? placeFaults(form, error) : [t('error.unknown')]);
    },
  });

  return (
    <Drawer
      open
      title={t('create.title')}
      onClose={onClose}
      size={screens.sm ? 620 : '100%'}
      footer={
        <Flex justify="end" gap={8}>
          <Button onClick={onClose}>{t('form.cancel')}</Button>
          <Button type="primary" loading={create.isPending} onClick={() => form.submit()}>
            {t('create.confirm')}
          </Button>
        </Flex>
      }
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={START}
        onFinish={(values) => {
          setFaults([]);
          create.mutate(values);
        }}
        scrollToFirstError={{ focus: true }}
      >
        {faults.map((fault) => (
          <Alert key={fault} type="error" showIcon title={fault} style={{ marginBottom: 16 }} />
        ))}
        <Form.Item
          name="name"
          label={t('keys.name')}
          rules={[{ required: true, whitespace: true, message: t('create.nameNeeded') }]}
          extra={t('create.nameHint')}
        >
          <AutoComplete
            options={NAMES.map((value) => ({ value }))}
            showSearch={{ filterOption: true }}
            autoFocus
            maxLength={64}
            placeholder="prod-api"
          />
        </Form.Item>
        <Flex gap={8} align="center" wrap style={{ marginBottom: 20 }}>
          <Button size="small" onClick={() => form.setFieldsValue(TEMPORARY)}>
            {t('create.temporary')}
          </Button>
          <span style={{ color: 'var(--soft)', fontSize: 13 }}>{t('create.temporaryWhy')}</span>
        </Flex>
        <KeyFields projectId={projectId} form={form} isNew />
        <LimitFields />
        {security.data?.customKeys === true && (
          <Form.Item name="value" label={t('create.value')} extra={t('create.valueHint')}>
            <Input.Password autoComplete="off" placeholder={t('create.valueGenerated')} />
          </Form.Item>
        )}
      </Form>
    </Drawer>
  );
}
