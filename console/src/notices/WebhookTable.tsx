import { ApiOutlined, PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Empty, Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import type { Column } from '../shell/Table.tsx';
import { webhooksQuery, type Webhook, type WebhookWithSecret } from './queries.ts';
import { SecretDialog } from './SecretDialog.tsx';
import { WebhookForm } from './WebhookForm.tsx';
import { WebhookState } from './WebhookState.tsx';

/** Where notices of an account are sent. */
export function WebhookTable({ accountId, mayManage }: { accountId: string; mayManage: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const list = useInfiniteQuery(webhooksQuery(accountId));
  const [isCreating, setCreating] = useState(false);
  const [made, setMade] = useState<WebhookWithSecret | null>(null);
  const open = ({ id }: { id: string }) =>
    void navigate({ to: '/accounts/$accountId/webhooks/$webhookId', params: { accountId, webhookId: id } });
  const columns: readonly Column<Webhook>[] = [
    {
      key: 'url',
      title: t('webhooks.url'),
      render: ({ id, url }) => (
        <Link
          to="/accounts/$accountId/webhooks/$webhookId"
          params={{ accountId, webhookId: id }}
          className="any"
          onClick={(event) => event.stopPropagation()}
        >
          {url}
        </Link>
      ),
    },
    {
      key: 'state',
      title: t('webhooks.state'),
      render: (webhook) => (
        <div style={{ minWidth: 92 }}>
          <WebhookState webhook={webhook} />
        </div>
      ),
    },
    {
      key: 'events',
      title: t('webhooks.events'),
      from: 768,
      render: ({ events }) =>
        events === null ? t('webhooks.all') : events.map((kind) => t(`notices.kinds.${kind}`)).join(t('list.comma')),
    },
    { key: 'created', title: t('webhooks.created'), from: 992, render: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
  const create = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t('webhooks.create')}
    </Button>
  );
  return (
    <>
      <Flex justify="space-between" align="center" gap={12} wrap style={{ marginBottom: 12 }}>
        <span className="soft">{t('webhooks.why')}</span>
        {mayManage && create}
      </Flex>
      <List
        label={t('webhooks.title')}
        list={list}
        columns={columns}
        onOpen={open}
        empty={
          <Empty
            image={<ApiOutlined style={{ fontSize: 40 }} />}
            styles={{ image: { height: 48 } }}
            description={t('webhooks.none')}
          />
        }
      />
      {isCreating && (
        <WebhookForm
          accountId={accountId}
          onClose={() => setCreating(false)}
          onDone={(webhook) => {
            setCreating(false);
            if ('secret' in webhook) setMade(webhook);
          }}
        />
      )}
      {made && (
        <SecretDialog
          secret={made.secret}
          onClose={() => {
            setMade(null);
            open(made);
          }}
        />
      )}
    </>
  );
}
