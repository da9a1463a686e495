import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { projectsQuery } from '../../api/queries.ts';
import { useChanges } from '../../form/changes.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import { OneOf } from '../../form/OneOf.tsx';
import { lastProject } from '../../shell/lastProject.ts';
import { useLeading } from '../../shell/useLeading.tsx';
import { allProvidersQuery, type Model } from '../providers/queries.ts';

type PriceName = keyof NonNullable<Model['prices']>;
const PRICES: readonly PriceName[] = [
  'inputPerMillion',
  'outputPerMillion',
  'cachedInputPerMillion',
  'cacheWritePerMillion',
];

interface Values {
  readonly name: string;
  readonly providerId: string;
  readonly upstreamModel?: string;
  readonly projectId?: string | null;
  readonly maxOutputTokens?: number | null;
  /** As typed; all of them empty: unknown. */
  readonly prices?: Partial<Record<PriceName, string | null>>;
}

/** A new model, or one that is changed. Prices are decimals per million tokens. */
export function ModelForm(props: {
  model?: Model;
  /** Whose list a new one is added to. */
  providerId?: string | undefined;
  onClose: () => void;
}) {
  const { model, providerId, onClose } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const changes = useChanges(model && toBody(valuesOf(model)));
  const providers = useQuery(allProvidersQuery);
  const projects = useQuery(projectsQuery);
  const lead = useLeading();
  const last = lastProject();
  const tryingIn = (projects.data?.data.find(({ id }) => id === last) ?? projects.data?.data.at(-1))?.id;
  return (
    <FormDrawer<Values, Model>
      title={model ? t('models.editTitle', { name: model.name }) : t('models.create')}
      confirm={model ? t('form.save') : t('form.create')}
      form={form}
      initialValues={model ? valuesOf(model) : { ...(providerId !== undefined && { providerId }) }}
      send={(values) =>
        model
          ? call('PATCH', `/models/${model.id}`, { body: changes(toBody(values)) })
          : call('POST', '/models', { body: { ...toBody(values), projectId: values.projectId ?? null } })
      }
      onDone={(saved) => {
        void queries.invalidateQueries({ queryKey: ['models'] });
        const done = t('models.saved', { name: saved.name });
        const projectId = saved.projectId ?? tryingIn;
        if (model || projectId === undefined) void message.success(done);
        else
          lead(done, {
            word: t('models.try'),
            to: {
              to: '/projects/$projectId/models',
              params: { projectId },
              search: { search: saved.name, open: saved.name },
            },
          });
        onClose();
      }}
      onClose={onClose}
    >
      <Form.Item
        name="name"
        label={t('models.name')}
        extra={t('models.nameWhy')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input className="mono" maxLength={200} autoFocus autoComplete="off" placeholder="gpt-5-mini" />
      </Form.Item>
      <Form.Item name="providerId" label={t('models.provider')} rules={[{ required: true, message: t('form.needed') }]}>
        <OneOf list={providers.data?.data.filter(({ kind }) => kind !== 'http')} />
      </Form.Item>
      <Form.Item name="upstreamModel" label={t('models.upstream')} extra={t('models.upstreamWhy')}>
        <Input className="mono" maxLength={250} autoComplete="off" placeholder={t('models.sameName')} />
      </Form.Item>
      <Form.Item label={t('models.prices')} extra={t('models.pricesWhy')}>
        <div style={{ display: 'grid', gap: 12, gridTemplateColumns: 'repeat(2, minmax(0, 180px))' }}>
          {PRICES.map((name) => (
            <Form.Item key={name} name={['prices', name]} label={t(`models.price.${name}`)} style={{ marginBottom: 0 }}>
              <Input
                inputMode="decimal"
                autoComplete="off"
                placeholder={name.startsWith('cache') ? t('models.asInput') : '0.25'}
              />
            </Form.Item>
          ))}
        </div>
      </Form.Item>
      <Form.Item name="maxOutputTokens" label={t('models.maxOutput')} extra={t('models.maxOutputWhy')}>
        <InputNumber min={1} precision={0} placeholder={t('models.unknown')} style={{ width: 180 }} />
      </Form.Item>
      {!model && (
        <Form.Item name="projectId" label={t('models.openTo')}>
          <OneOf allowClear placeholder={t('models.everyProject')} list={projects.data?.data} />
        </Form.Item>
      )}
    </FormDrawer>
  );
}

function valuesOf({ name, providerId = '', upstreamModel = '', prices, maxOutputTokens }: Model): Values {
  return { name, providerId, upstreamModel, maxOutputTokens, ...(prices && { prices }) };
}

function toBody({ name, providerId, upstreamModel = '', prices = {}, maxOutputTokens = null }: Values): object {
  const typed = PRICES.map((one) => [one, (prices[one] ?? '').trim()] as const).filter(([, text]) => text !== '');
  return {
    name: name.trim(),
    providerId,
    ...(upstreamModel.trim() !== '' && { upstreamModel: upstreamModel.trim() }),
    prices: typed.length === 0 ? null : Object.fromEntries(typed),
    maxOutputTokens,
  };
}
