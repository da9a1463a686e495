import type { z } from 'zod';
import type { auditCheckOut, auditEventOut } from '../../../src/http/manage/schema/audit.ts';

export type AuditEvent = z.output<typeof auditEventOut>;
export type AuditCheck = z.output<typeof auditCheckOut>;
