import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useChanges } from '../form/changes.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { OneOf } from '../form/OneOf.tsx';
import { allProvidersQuery } from '../operator/providers/queries.ts';
import { serviceQuery } from './queries.ts';
import type { Service } from './types.ts';

interface Values {
  readonly name: string;
  readonly description?: string;
  readonly providerId?: string | undefined;
}

/** A new service, or an edited one. A new name changes its address. */
export function ServiceForm(props: {
  projectId: string;
  service?: Service;
  onClose: () => void;
  onSaved?: (service: Service) => void;
}) {
  const { projectId, service, onClose, onSaved } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const changes = useChanges(service);
  const providers = useQuery(allProvidersQuery);
  const upstreams = providers.data?.data.filter(({ kind }) => kind === 'http');
  const name = Form.useWatch('name', form);

  return (
    <FormDrawer<Values, Service>
      title={service ? t('resources.edit', { name: service.name }) : t('resources.services.create')}
      confirm={service ? t('form.save') : t('form.create')}
      form={form}
      initialValues={service ?? { description: '' }}
      send={(body) =>
        service
          ? call('PATCH', `/services/${service.id}`, { body: changes(body) })
          : call('POST', `/projects/${projectId}/services`, { body })
      }
      onDone={(saved) => {
        void message.success(t(service ? 'resources.services.saved' : 'resources.services.made', { name: saved.name }));
        queries.setQueryData(serviceQuery(saved.id).queryKey, saved);
        onClose();
        onSaved?.(saved);
        void queries.invalidateQueries({ queryKey: ['services', projectId] });
        void queries.invalidateQueries({ queryKey: ['resources', projectId] });
      }}
      onClose={onClose}
    >
      <Form.Item
        name="name"
        label={t('resources.services.name')}
        extra={
          service && name !== service.name
            ? t('resources.services.renamed')
            : t('resources.services.nameHint', { address: `/services/${name ?? '…'}/` })
        }
        rules={[{ required: true, message: t('form.needed') }]}
      >
        <Input autoFocus maxLength={63} placeholder="vectors" className="mono" />
      </Form.Item>
      <Form.Item name="description" label={t('keys.description')}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={500} />
      </Form.Item>
      <Form.Item
        name="providerId"
        label={t('resources.services.upstream')}
        extra={t('resources.services.upstreamHint')}
        rules={[{ required: true, message: t('form.needed') }]}
      >
        <OneOf list={upstreams} notFoundContent={t('resources.services.noUpstream')} />
      </Form.Item>
    </FormDrawer>
  );
}
