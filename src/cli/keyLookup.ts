import type { z } from 'zod';
import { listOf } from '../http/manage/schema/fields.ts';
import { keyOut } from '../http/manage/schema/keys.ts';
import { parsed, type Api } from './api.ts';
import { CommandError, EXIT, usageError } from './exit.ts';
import { chooseProject } from './projects.ts';
import { printable } from './width.ts';

/** A key as the API answers it. */
export type KeyAnswer = z.output<typeof keyOut>;

const keyList = listOf(keyOut, 'Keys.');

/** The end of every key value: 30 random characters and 6 that check them. */
const VALUE = /^\S*[0-9A-Za-z]{36}$/;
const ID = /^key_[0-9A-Za-z]{22}$/;
/** The server takes no longer search text. */
const LONGEST_SEARCH = 200;

/** The id of the key meant: by id, or by exact name or masked value within a project. */
export async function chooseKey(api: Api, asked: string, project: string | undefined): Promise<string> {
  if (ID.test(asked)) return asked;
  refuseValue(asked);
  const projectId = await chooseProject(api, project);
  const { data } = await listKeys(api, projectId, { search: asked.slice(0, LONGEST_SEARCH) }, 10_000);
  const matches = data.filter(({ name, masked }) => name === asked || masked === asked);
  const [match, second] = matches;
  if (!match)
    throw new CommandError(
      EXIT.failed,
      `There is no key called ${printable(asked)} in this project. Give its exact name, its masked value or its id.`,
    );
  if (second)
    throw usageError(
      `Several keys are called ${printable(asked)}. Give an id: ${matches
        .slice(0, 5)
        .map(({ id }) => id)
        .join(', ')}.`,
    );
  return match.id;
}

/** A key's value is never needed here, and would go to the shell's history and into a web address. */
function refuseValue(asked: string): void {
  if (VALUE.test(asked)) {
    throw usageError(
      'This looks like the value of a key. Give the key’s id, name or masked value, and consider the value exposed if others can read your shell’s history.',
    );
  }
}

/** What `keys list` can be narrowed by, as the API calls it, and where it begins. */
export interface KeyFilters {
  readonly search?: string;
  readonly state?: string;
  readonly environment?: string;
  readonly groupId?: string;
  readonly region?: string;
  readonly class?: string;
  readonly parentKeyId?: string;
  readonly createdBy?: string;
  readonly unusedForDays?: number;
  readonly olderThanDays?: number;
  readonly cursor?: string;
}

/** At most `limit` keys, newest first, following the pages. */
export async function listKeys(
  api: Api,
  projectId: string,
  filters: KeyFilters,
  limit: number,
): Promise<{ data: KeyAnswer[]; raw: unknown[]; nextCursor: string | null }> {
  const data: KeyAnswer[] = [];
  const raw: unknown[] = [];
  let cursor: string | null = filters.cursor ?? null;
  do {
    const query = { ...filters, limit: Math.min(200, limit - data.length), cursor: cursor ?? undefined };
    const answer = await api.call({ path: `/projects/${encodeURIComponent(projectId)}/keys`, query });
    const page = parsed(keyList, answer);
    data.push(...page.data);
    raw.push(...(answer.json as { data: unknown[] }).data);
    cursor = page.nextCursor;
  } while (cursor !== null && data.length < limit);
  return { data, raw, nextCursor: cursor };
}
