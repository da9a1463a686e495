import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { noticeOut } from '../../../src/http/manage/schema/notices.ts';
import type { deliveryOut, webhookOut, webhookWithSecretOut } from '../../../src/http/manage/schema/webhooks.ts';
import { call } from '../api/client.ts';
import { listQuery } from '../api/queries.ts';
import type { NoticeKind } from './noticesView.ts';

export type Notice = z.output<typeof noticeOut>;
export type Webhook = z.output<typeof webhookOut>;
export type WebhookWithSecret = z.output<typeof webhookWithSecretOut>;
export type Delivery = z.output<typeof deliveryOut>;

/** Of a project and its keys or one of them, or of a whole account. */
export type Of = { readonly accountId: string } | { readonly projectId: string; readonly keyId?: string | undefined };

export const noticesQuery = (of: Of, kind: NoticeKind | undefined) =>
  listQuery<Notice>(['notices', of], '/notices', { ...of, kind });

export const webhooksQuery = (accountId: string) =>
  listQuery<Webhook>(['webhooks', accountId], `/accounts/${accountId}/webhooks`);

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhook', id],
    queryFn: ({ signal }) => call<Webhook>('GET', `/webhooks/${id}`, { signal }),
  });

export const deliveriesQuery = (id: string) => listQuery<Delivery>(['deliveries', id], `/webhooks/${id}/deliveries`);
