import type { z } from 'zod';
import type { templateOut } from '../../../src/http/manage/schema/limitTemplates.ts';
import { allQuery, listQuery } from '../api/queries.ts';

export type Template = z.output<typeof templateOut>;

export const templatesQuery = (accountId: string) =>
  listQuery<Template>(['templates', accountId], `/accounts/${accountId}/limit-templates`);

/** All of them, to choose from. */
export const allTemplatesQuery = (accountId: string) =>
  allQuery<Template>(['templates', accountId, 'all'], `/accounts/${accountId}/limit-templates`);
