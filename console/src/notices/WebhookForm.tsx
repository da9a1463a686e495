import { useQueryClient } from '@tanstack/react-query';
import { App, Checkbox, Form, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useChanges } from '../form/changes.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { KINDS, type NoticeKind } from './noticesView.ts';
import { webhookQuery, type Webhook, type WebhookWithSecret } from './queries.ts';

interface Values {
  readonly url: string;
  readonly all: boolean;
  readonly events: readonly NoticeKind[];
}

/** A webhook, new or changed. */
export function WebhookForm(props: {
  accountId: string;
  webhook?: Webhook;
  onClose: () => void;
  onDone: (webhook: Webhook | WebhookWithSecret) => void;
}) {
  const { accountId, webhook, onClose, onDone } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const changes = useChanges(webhook);
  const all = Form.useWatch('all', form) ?? true;
  return (
    <FormDrawer<Values, Webhook | WebhookWithSecret>
      title={webhook ? t('webhooks.edit') : t('webhooks.create')}
      confirm={webhook ? t('form.save') : t('form.create')}
      form={form}
      initialValues={{
        url: webhook?.url ?? '',
        all: (webhook?.events ?? null) === null,
        events: webhook?.events ?? [],
      }}
      aliases={{ events: ['all'] }}
      send={({ url, events, ...values }) => {
        const body = { url: url.trim(), events: values.all ? null : events };
        return webhook
          ? call('PATCH', `/webhooks/${webhook.id}`, { body: changes(body) })
          : call('POST', `/accounts/${accountId}/webhooks`, { body });
      }}
      onDone={(saved) => {
        if (webhook) {
          queries.setQueryData(webhookQuery(saved.id).queryKey, saved);
          void message.success(t('webhooks.saved'));
        }
        void queries.invalidateQueries({ queryKey: ['webhooks', accountId] });
        onDone(saved);
      }}
      {...(!webhook && { ifLost: t('webhooks.createLost') })}
      onClose={onClose}
    >
      <Form.Item
        name="url"
        label={t('webhooks.url')}
        extra={t('webhooks.urlHint')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input
          type="url"
          autoFocus
          className="mono"
          placeholder="https://example.com/hooks/keyward"
          autoComplete="off"
          maxLength={2000}
        />
      </Form.Item>
      <Form.Item name="all" label={t('webhooks.events')}>
        <Radio.Group
          style={{ display: 'grid', gap: 4 }}
          options={[
            { value: true, label: t('webhooks.all') },
            { value: false, label: t('webhooks.some') },
          ]}
        />
      </Form.Item>
      {!all && (
        <Form.Item name="events" rules={[{ required: true, type: 'array', min: 1, message: t('webhooks.someNeeded') }]}>
          <Checkbox.Group
            style={{ display: 'grid', gap: 4 }}
            options={KINDS.map((value) => ({ value, label: t(`notices.kinds.${value}`) }))}
          />
        </Form.Item>
      )}
    </FormDrawer>
  );
}
