import type { z } from 'zod';
import type { activityOut } from '../../../src/http/manage/schema/activity.ts';
import type { noticeOut } from '../../../src/http/manage/schema/notices.ts';

export type Notice = z.output<typeof noticeOut>;
export type Activity = z.output<typeof activityOut>;
