import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Alert, Button, Card, Spin } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { Facts } from '../shell/Facts.tsx';
import { useMayInAccount } from '../shell/here.ts';
import { Moment } from '../shell/Moment.tsx';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { Deliveries } from './Deliveries.tsx';
import { webhookQuery, type Delivery, type Webhook, type WebhookWithSecret } from './queries.ts';
import { SecretDialog } from './SecretDialog.tsx';
import { TestAnswer } from './TestAnswer.tsx';
import { WebhookForm } from './WebhookForm.tsx';
import { WebhookState } from './WebhookState.tsx';

/** One webhook: whether messages arrive, what was sent, and what can be done with it. */
export function WebhookPage() {
  const { t } = useTranslation();
  const { accountId, webhookId } = useParams({ from: '/signedIn/accounts/$accountId/webhooks/$webhookId' });
  const { data: webhook, error, refetch } = useQuery(webhookQuery(webhookId));
  const may = useMayInAccount(accountId);
  const [secret, setSecret] = useState<string | null>(null);
  const [answer, setAnswer] = useState<Delivery | null>(null);
  if (!webhook) return error ? <PageError error={error} reset={() => void refetch()} /> : <Spin />;
  return (
    <>
      <Link to="/accounts/$accountId/notices" params={{ accountId }} search={{ tab: 'webhooks' }}>
        ← {t('webhooks.title')}
      </Link>
      <PageHead title={webhook.url} beside={<WebhookState webhook={webhook} />}>
        {may('webhooks.manage') && <Actions webhook={webhook} onSecret={setSecret} onAnswer={setAnswer} />}
      </PageHead>
      {webhook.pausedReason !== null && (
        <Alert
          type="warning"
          showIcon
          title={t('webhooks.pausedWhy')}
          description={webhook.pausedCause === null ? webhook.pausedReason : t(`webhooks.cause.${webhook.pausedCause}`)}
          style={{ marginBottom: 16 }}
        />
      )}
      {answer && <TestAnswer delivery={answer} onClose={() => setAnswer(null)} />}
      <Card style={{ marginBottom: 24 }}>
        <Facts
          facts={[
            [
              t('webhooks.events'),
              webhook.events === null
                ? t('webhooks.all')
                : webhook.events.map((kind) => t(`notices.kinds.${kind}`)).join(t('list.comma')),
            ],
            [t('webhooks.created'), <Moment key="created" at={webhook.createdAt} />],
            ...(hasTwoSecrets(webhook)
              ? [[t('webhooks.bothUntil'), <Moment key="until" at={webhook.previousSecretUntil} />] as const]
              : []),
          ]}
        />
      </Card>
      <h2 style={{ fontSize: 18 }}>{t('webhooks.deliveries')}</h2>
      <Deliveries webhookId={webhookId} />
      {secret !== null && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
    </>
  );
}

/** Whether the secret before the last one signs along still. */
function hasTwoSecrets({ previousSecretUntil }: Webhook): boolean {
  return previousSecretUntil !== null && Date.parse(previousSecretUntil) > Date.now();
}

function Actions(props: {
  webhook: Webhook;
  onSecret: (secret: string) => void;
  onAnswer: (delivery: Delivery) => void;
}) {
  const { webhook, onSecret, onAnswer } = props;
  const { id, accountId, status } = webhook;
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const [isEditing, setEditing] = useState(false);
  const [isTesting, setTesting] = useState(false);
  const refresh = [
    ['webhook', id],
    ['webhooks', accountId],
    ['deliveries', id],
  ];
  const set = (next: Webhook['status']) => call('PATCH', `/webhooks/${id}`, { body: { status: next } });

  async function test(): Promise<void> {
    setTesting(true);
    await act(() => call<Delivery>('POST', `/webhooks/${id}/test`), {
      done: t('webhooks.tested'),
      refresh,
      onDone: onAnswer,
    });
    setTesting(false);
  }

  return (
    <>
      <Button type="primary" loading={isTesting} onClick={() => void test()}>
        {t('webhooks.test')}
      </Button>
      <Button onClick={() => setEditing(true)}>{t('webhooks.change')}</Button>
      <Button
        onClick={() =>
          void act(() => set(status === 'active' ? 'paused' : 'active'), {
            done: status === 'active' ? t('webhooks.pauseDone') : t('webhooks.resumeDone'),
            refresh,
            undo: () => set(status),
          })
        }
      >
        {status === 'active' ? t('webhooks.pause') : t('webhooks.resume')}
      </Button>
      <Button
        onClick={() =>
          confirm({
            title: t('webhooks.rotateTitle'),
            content: (
              <>
                <p>{t('webhooks.rotateWhy')}</p>
                {hasTwoSecrets(webhook) && <p>{t('webhooks.rotateAgain')}</p>}
              </>
            ),
            okText: t('webhooks.rotate'),
            onOk: () =>
              act(() => call<WebhookWithSecret>('POST', `/webhooks/${id}/rotate-secret`), {
                done: t('webhooks.rotated'),
                refresh,
                onDone: (next) => onSecret(next.secret),
              }),
          })
        }
      >
        {t('webhooks.rotate')}
      </Button>
      <Button
        danger
        onClick={() =>
          confirm({
            title: t('webhooks.deleteTitle'),
            content: t('webhooks.deleteWhy'),
            okText: t('webhooks.delete'),
            onOk: () =>
              act(() => call('DELETE', `/webhooks/${id}`), {
                done: t('webhooks.deleted'),
                refresh: [['webhooks', accountId]],
                onDone: () =>
                  void navigate({
                    to: '/accounts/$accountId/notices',
                    params: { accountId },
                    search: { tab: 'webhooks' },
                  }),
              }),
          })
        }
      >
        {t('webhooks.delete')}
      </Button>
      {isEditing && (
        <WebhookForm
          accountId={accountId}
          webhook={webhook}
          onClose={() => setEditing(false)}
          onDone={() => setEditing(false)}
        />
      )}
    </>
  );
}
