import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { resourcesQuery } from '../api/queries.ts';
import { useChanges } from '../form/changes.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { OneOf } from '../form/OneOf.tsx';
import { allProvidersQuery } from '../operator/providers/queries.ts';
import { useMayInProject } from '../shell/here.ts';
import type { Endpoint } from './types.ts';

interface Values {
  readonly name: string;
  readonly modelId: string;
  readonly maxOutputTokens: number | null;
  readonly providerId?: string | null | undefined;
  readonly upstreamModel?: string | null | undefined;
}

/** A new endpoint, or an edited one: its model can be exchanged, its id stays. */
export function EndpointForm(props: { projectId: string; endpoint?: Endpoint; onClose: () => void }) {
  const { projectId, endpoint, onClose } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const changes = useChanges(endpoint);
  const { data: resources } = useQuery(resourcesQuery(projectId));
  const isOperator = useMayInProject(projectId)('platform.manage');
  const providers = useQuery({ ...allProvidersQuery, enabled: isOperator });

  const send = (given: Values): Promise<Endpoint> => {
    // A field that was emptied is as if it were not there.
    const body = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value === '' || value === undefined ? null : value]),
    );
    return endpoint
      ? call('PATCH', `/endpoints/${endpoint.id}`, { body: changes(body) })
      : call('POST', `/projects/${projectId}/endpoints`, { body });
  };

  return (
    <FormDrawer<Values, Endpoint>
      title={endpoint ? t('resources.edit', { name: endpoint.name }) : t('resources.endpoints.create')}
      confirm={endpoint ? t('form.save') : t('form.create')}
      form={form}
      initialValues={endpoint ?? {}}
      send={send}
      onDone={(saved) => {
        void message.success(
          t(endpoint ? 'resources.endpoints.saved' : 'resources.endpoints.made', { name: saved.name, id: saved.id }),
        );
        onClose();
        void queries.invalidateQueries({ queryKey: ['endpoints', projectId] });
        void queries.invalidateQueries({ queryKey: ['resources', projectId] });
      }}
      onClose={onClose}
    >
      <Form.Item
        name="name"
        label={t('resources.endpoints.name')}
        extra={t('resources.endpoints.nameHint')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input autoFocus maxLength={64} placeholder="shop-assistant" />
      </Form.Item>
      <Form.Item
        name="modelId"
        label={t('resources.endpoints.model')}
        extra={t('resources.endpoints.modelHint')}
        rules={[{ required: true, message: t('form.needed') }]}
      >
        <OneOf list={resources?.model} />
      </Form.Item>
      <Form.Item name="maxOutputTokens" label={t('resources.models.most')} extra={t('resources.endpoints.mostHint')}>
        <InputNumber min={1} precision={0} style={{ width: 180 }} placeholder={t('resources.endpoints.asModel')} />
      </Form.Item>
      {isOperator && (
        <>
          <Form.Item name="providerId" label={t('resources.provider')} extra={t('resources.endpoints.providerHint')}>
            <OneOf
              allowClear
              placeholder={t('resources.endpoints.asModel')}
              list={providers.data?.data.filter(({ kind }) => kind !== 'http')}
            />
          </Form.Item>
          <Form.Item name="upstreamModel" label={t('resources.endpoints.upstreamModel')}>
            <Input maxLength={250} placeholder={t('resources.endpoints.asModel')} />
          </Form.Item>
        </>
      )}
    </FormDrawer>
  );
}
