import { z } from 'zod';
import { noticeJson } from '../../core/noticeText.ts';
import type { NoticeList } from '../../service/noticeList.ts';
import { callerOf, type Api } from './api.ts';
import { listOf } from './schema/fields.ts';
import { noticeListQuery, noticeOut, readBody, unreadOut, unreadQuery } from './schema/notices.ts';

/** `/notices`. */
export function noticeRoutes(app: Api, { notices }: { notices: NoticeList }): void {
  app.route({
    method: 'GET',
    url: '/notices',
    config: { permission: 'notices.read' },
    schema: {
      tags: ['Notices'],
      operationId: 'listNotices',
      summary: 'List notices',
      description:
        'Limits of a lifetime or a calendar period that reached 50, 80 or 100 percent; keys before they expire, due for rotation, leaked, or used otherwise than before; and webhooks that were paused. One for each, kept for 90 days.',
      querystring: noticeListQuery,
      response: { 200: listOf(noticeOut, 'Notices, newest first.') },
    },
    handler: async (request) => {
      const { accountId = null, projectId = null, keyId = null, ...query } = request.query;
      const page = await notices.list(callerOf(request), { accountId, projectId, keyId }, query);
      return { ...page, data: page.data.map(noticeJson) };
    },
  });

  app.route({
    method: 'GET',
    url: '/notices/unread',
    config: { permission: 'notices.read' },
    schema: {
      tags: ['Notices'],
      operationId: 'countUnreadNotices',
      summary: 'Count the notices you have not seen',
      description:
        'Each person, and each management key, has a mark of their own. What was seen in an account was seen in its projects.',
      querystring: unreadQuery,
      response: { 200: unreadOut },
    },
    handler: async (request) => {
      const { accountId = null, projectId = null } = request.query;
      return notices.unread(callerOf(request), { accountId, projectId, keyId: null });
    },
  });

  app.route({
    method: 'POST',
    url: '/notices/read',
    // A mark of the caller's own, which nobody else sees.
    config: { permission: 'notices.read', audit: false },
    schema: {
      tags: ['Notices'],
      operationId: 'markNoticesRead',
      summary: 'Mark notices as seen',
      description: 'All up to a moment. A mark is never set back.',
      body: readBody,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { accountId = null, projectId = null, until } = request.body;
      await notices.read(callerOf(request), { accountId, projectId, keyId: null }, until);
      return reply.code(204).send(null);
    },
  });
}
