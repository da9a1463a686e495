import { noticeJson } from '../../core/noticeText.ts';
import type { NoticeList } from '../../service/noticeList.ts';
import { callerOf, type Api } from './api.ts';
import { listOf } from './schema/fields.ts';
import { noticeListQuery, noticeOut } from './schema/notices.ts';

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
}
