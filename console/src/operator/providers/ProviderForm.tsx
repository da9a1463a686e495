import { useQueryClient } from '@tanstack/react-query';
import { App, Checkbox, Form, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { useChanges } from '../../form/changes.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import { useLeading } from '../../shell/useLeading.tsx';
import type { Provider } from './queries.ts';

interface Values {
  readonly name: string;
  readonly kind: Provider['kind'];
  readonly baseUrl?: string;
  /** Written, never read: empty leaves what is stored as it is. */
  readonly credential?: string;
  readonly withoutCredential?: boolean;
  readonly credentialHeader?: string;
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
}
const START: Partial<Values> = { kind: 'openai', timeoutMs: 600_000, idleTimeoutMs: 300_000 };
const KINDS = ['openai', 'anthropic', 'http', 'demo'] as const;
const ADDRESSES: Partial<Record<Provider['kind'], string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  http: 'https://search.internal.example.com',
};

/** A new provider, or one that is changed; its protocol stays. */
export function ProviderForm(props: {
  provider?: Provider;
  onClose: () => void;
  onSaved: (provider: Provider) => void;
}) {
  const { provider, onClose, onSaved } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const lead = useLeading();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const changes = useChanges(provider && toBody(valuesOf(provider), provider.kind));
  const kind = Form.useWatch('kind', form) ?? provider?.kind ?? 'openai';
  const isRemoving = Form.useWatch('withoutCredential', form) === true;
  return (
    <FormDrawer<Values, Provider>
      title={provider ? t('providers.editTitle', { name: provider.name }) : t('providers.create')}
      confirm={provider ? t('form.save') : t('form.create')}
      form={form}
      initialValues={provider ? valuesOf(provider) : START}
      aliases={{ credential: ['withoutCredential'] }}
      send={(values) =>
        provider
          ? call('PATCH', `/providers/${provider.id}`, { body: changes(toBody(values, provider.kind)) })
          : call('POST', '/providers', { body: { kind: values.kind, ...toBody(values, values.kind) } })
      }
      onDone={(saved) => {
        void queries.invalidateQueries({ queryKey: ['providers'] });
        const done = t('providers.saved', { name: saved.name });
        // Services are put behind it in their projects.
        if (provider || saved.kind === 'http') void message.success(done);
        else
          lead(done, {
            word: t('providers.addModels'),
            to: { to: '/platform/models', search: { provider: saved.id, create: true } },
          });
        onClose();
        onSaved(saved);
      }}
      onClose={onClose}
    >
      <Form.Item
        name="name"
        label={t('providers.name')}
        extra={t('providers.nameWhy')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input maxLength={64} autoFocus autoComplete="off" placeholder="OpenAI" />
      </Form.Item>
      <Form.Item name="kind" label={t('providers.kind')} extra={t('providers.kindWhy')}>
        <Select
          disabled={provider !== undefined}
          options={KINDS.map((value) => ({ value, label: t(`providers.kinds.${value}`) }))}
        />
      </Form.Item>
      {kind !== 'demo' && (
        <>
          <Form.Item
            name="baseUrl"
            label={t('providers.baseUrl')}
            extra={t('providers.baseUrlWhy')}
            rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
          >
            <Input className="mono" inputMode="url" autoComplete="off" placeholder={ADDRESSES[kind] ?? ''} />
          </Form.Item>
          <Form.Item name="credential" label={t('providers.credential')} extra={t('providers.credentialWhy')}>
            <Input.Password
              autoComplete="off"
              visibilityToggle={false}
              disabled={isRemoving}
              placeholder={t(provider?.hasCredential === true ? 'providers.keep' : 'providers.noCredential')}
            />
          </Form.Item>
          {provider?.hasCredential === true && (
            <Form.Item name="withoutCredential" valuePropName="checked">
              <Checkbox>{t('providers.removeCredential')}</Checkbox>
            </Form.Item>
          )}
        </>
      )}
      <Form.Item
        name="credentialHeader"
        label={t('providers.credentialHeader')}
        extra={t('providers.credentialHeaderWhy')}
      >
        <Input className="mono" autoComplete="off" placeholder="x-api-key" />
      </Form.Item>
      <Form.Item name="timeoutMs" label={t('providers.timeout')} extra={t('providers.timeoutWhy')}>
        <InputNumber min={100} precision={0} suffix="ms" style={{ width: 180 }} />
      </Form.Item>
      <Form.Item name="idleTimeoutMs" label={t('providers.idleTimeout')} extra={t('providers.idleTimeoutWhy')}>
        <InputNumber min={100} precision={0} suffix="ms" style={{ width: 180 }} />
      </Form.Item>
    </FormDrawer>
  );
}

function valuesOf({ name, kind, baseUrl, credentialHeader, timeoutMs, idleTimeoutMs }: Provider): Values {
  return { name, kind, baseUrl, credentialHeader: credentialHeader ?? '', timeoutMs, idleTimeoutMs };
}

function toBody(values: Values, kind: Provider['kind']): object {
  const { name, baseUrl = '', credential = '', withoutCredential, credentialHeader = '' } = values;
  const { timeoutMs, idleTimeoutMs } = values;
  return {
    name,
    ...(kind !== 'demo' && { baseUrl: baseUrl.trim() }),
    ...(withoutCredential === true ? { credential: null } : credential !== '' && { credential }),
    credentialHeader: credentialHeader.trim() === '' ? null : credentialHeader.trim(),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
  };
}
