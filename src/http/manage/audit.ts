import { Readable } from 'node:stream';
import { z } from 'zod';
import type { AuditEvent } from '../../core/audit.ts';
import { AUDIT_COLUMNS, csvLine } from '../../core/auditText.ts';
import type { Audit, AuditAsked } from '../../service/audit.ts';
import { callerOf, type Api } from './api.ts';
import {
  auditCheckOut,
  auditEventOut,
  auditExportQuery,
  auditListQuery,
  toAuditCheckOut,
  toAuditEventOut,
} from './schema/audit.ts';
import { idParam, listOf } from './schema/fields.ts';

/** `/audit-events`. */
export function auditRoutes(app: Api, { audit }: { audit: Audit }): void {
  const tags = ['Audit'];

  app.route({
    method: 'GET',
    url: '/audit-events',
    config: { permission: 'audit.read' },
    schema: {
      tags,
      operationId: 'listAuditEvents',
      summary: 'List audit events',
      description:
        'Who changed what, and who tried to and was refused. Reading is not recorded. Nothing is ever deleted from it.',
      querystring: auditListQuery,
      response: { 200: listOf(auditEventOut, 'Events, newest first.') },
    },
    handler: async (request) => {
      const { limit, cursor, ...query } = request.query;
      const page = await audit.list(callerOf(request), toAsked(query), {
        limit,
        ...(cursor !== undefined && { cursor }),
      });
      return { ...page, data: page.data.map(toAuditEventOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/audit-events/export',
    config: { permission: 'audit.read', produces: ['text/csv', 'application/jsonl'] },
    schema: {
      tags,
      operationId: 'exportAuditEvents',
      summary: 'Export audit events',
      description:
        'All that match, oldest first, as they are read from the store. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe.',
      querystring: auditExportQuery,
      response: { 200: z.string().describe('The events.') },
    },
    handler: async (request, reply) => {
      const { format, ...query } = request.query;
      const events = await audit.export(callerOf(request), toAsked(query));
      void reply
        .header('content-disposition', `attachment; filename="audit-events.${format}"`)
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8');
      return reply.send(Readable.from(format === 'csv' ? csv(events) : jsonl(events)) as never);
    },
  });

  app.route({
    method: 'GET',
    url: '/audit-events/verify',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'verifyAuditEvents',
      summary: 'Prove that the audit log is whole',
      description:
        'Reads every event and recomputes its hash. `keyward audit verify` does the same, also while no server runs.',
      response: { 200: auditCheckOut },
    },
    handler: async () => toAuditCheckOut(await audit.verify()),
  });

  app.route({
    method: 'GET',
    url: '/audit-events/:id',
    config: { permission: 'audit.read' },
    schema: {
      tags,
      operationId: 'getAuditEvent',
      summary: 'Read an audit event',
      params: idParam,
      response: { 200: auditEventOut },
    },
    handler: async (request) => toAuditEventOut(await audit.get(callerOf(request), request.params.id)),
  });
}

type Query = Omit<z.output<typeof auditExportQuery>, 'format'>;

function toAsked({ accountId, projectId, from, to, ...query }: Query): AuditAsked {
  return {
    ...query,
    accountId: accountId ?? null,
    projectId: projectId ?? null,
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
  };
}

async function* csv(batches: AsyncIterable<AuditEvent[]>): AsyncGenerator<string> {
  yield `${AUDIT_COLUMNS.join(',')}\r\n`;
  for await (const events of batches) yield events.map((event) => `${csvLine(event)}\r\n`).join('');
}

async function* jsonl(batches: AsyncIterable<AuditEvent[]>): AsyncGenerator<string> {
  for await (const events of batches)
    yield events.map((event) => `${JSON.stringify(toAuditEventOut(event))}\n`).join('');
}
