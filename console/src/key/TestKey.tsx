import { useQuery } from '@tanstack/react-query';
import { Button, Card, Flex, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { resourcesQuery } from '../api/queries.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { mineQuery } from '../keys/queries.ts';
import { Decision } from './Decision.tsx';
import type { SectionProps } from './types.ts';
import type { Explanation } from './types.ts';

interface Values {
  /** `model:demo`, `service:shop`, or `list`: to see what may be called. */
  readonly what: string;
  readonly method?: string;
  readonly ip?: string;
  readonly inputTokens?: number | null;
  readonly maxTokens?: number | null;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Asks the server what would become of a call, and shows its decision step by step. Nothing is used or counted. */
export function TestKey({ keyOf }: SectionProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const what = Form.useWatch('what', form);
  const { projectId } = keyOf;
  const resources = useQuery({ ...resourcesQuery(projectId ?? ''), enabled: projectId !== null });
  const mine = useQuery(mineQuery).data;
  const [answer, setAnswer] = useState<Explanation | null>(null);
  const { faults, isSending, submit } = useSending<Values, Explanation>({
    form,
    aliases: { model: ['what'], service: ['what'] },
    send: (values) => call('POST', `/keys/${keyOf.id}/explain`, { body: toQuestion(values) }),
    onDone: setAnswer,
    onRefused: () => setAnswer(null),
  });

  const { model = [], endpoint = [], service = [] } = resources.data ?? {};
  const options = [
    { label: t('testKey.models'), options: model.map(({ name }) => ({ value: `model:${name}`, label: name })) },
    // An endpoint is called by its id.
    { label: t('testKey.endpoints'), options: endpoint.map(({ id, name }) => ({ value: `model:${id}`, label: name })) },
    { label: t('testKey.services'), options: service.map(({ name }) => ({ value: `service:${name}`, label: name })) },
    { label: t('testKey.others'), options: [{ value: 'list', label: t('testKey.list') }] },
  ].filter((group) => group.options.length > 0);
  const isOf = (kind: string) => (what ?? '').startsWith(kind);

  return (
    <Flex gap={16} wrap align="start">
      <Card title={t('testKey.title')} style={{ flex: '1 1 320px', minWidth: 0 }}>
        <p className="soft" style={{ marginTop: 0 }}>
          {t('testKey.why')}
        </p>
        <Faults faults={faults} />
        <Form<Values>
          form={form}
          layout="vertical"
          initialValues={{ method: 'POST' }}
          requiredMark={false}
          onFinish={submit}
        >
          <Form.Item name="what" label={t('testKey.what')} rules={[{ required: true, message: t('form.needed') }]}>
            <Select
              showSearch={{ optionFilterProp: 'label' }}
              options={options}
              loading={resources.isPending}
              placeholder={t('testKey.choose')}
            />
          </Form.Item>
          {isOf('service:') && (
            <Form.Item name="method" label={t('testKey.method')}>
              <Select options={METHODS.map((value) => ({ value, label: value }))} />
            </Form.Item>
          )}
          <Form.Item name="ip" label={t('testKey.ip')} extra={t('testKey.ipWhy')} style={{ marginBottom: 8 }}>
            <Input className="mono" placeholder="203.0.113.7" autoComplete="off" spellCheck={false} />
          </Form.Item>
          {mine && (
            <Button
              size="small"
              style={{ display: 'block', marginBottom: 20 }}
              onClick={() => form.setFieldValue('ip', mine)}
            >
              {t('testKey.mine', { address: mine })}
            </Button>
          )}
          {isOf('model:') && (
            <Flex gap={12} wrap>
              <Form.Item name="inputTokens" label={t('testKey.inputTokens')} style={{ flex: '1 1 120px' }}>
                <InputNumber min={0} precision={0} placeholder="0" style={{ width: '100%' }} />
              </Form.Item>
              <Form.Item name="maxTokens" label={t('testKey.maxTokens')} style={{ flex: '1 1 120px' }}>
                <InputNumber min={0} precision={0} placeholder={t('testKey.anyTokens')} style={{ width: '100%' }} />
              </Form.Item>
            </Flex>
          )}
          <Button type="primary" htmlType="submit" loading={isSending}>
            {t('testKey.ask')}
          </Button>
        </Form>
      </Card>
      <div style={{ flex: '2 1 420px', minWidth: 0 }} aria-live="polite">
        {answer && <Decision explanation={answer} />}
      </div>
    </Flex>
  );
}

function toQuestion({ what, method, ip = '', inputTokens, maxTokens }: Values): object {
  const at = what.indexOf(':');
  const [kind, name] = at < 0 ? [what, ''] : [what.slice(0, at), what.slice(at + 1)];
  const address = ip.trim();
  return {
    ...(kind === 'model' && { model: name }),
    ...(kind === 'service' && { service: name, method }),
    ...(address !== '' && { ip: address }),
    ...(kind === 'model' && typeof inputTokens === 'number' && { inputTokens }),
    ...(kind === 'model' && typeof maxTokens === 'number' && { maxTokens }),
  };
}
