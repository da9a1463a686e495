import { Fault, invalidField } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import type { Directory } from './directory.ts';

/**
 * The id of the group a key is to be put in, by id or name. One that is not open to the key's project is refused in the
 * same words as one that does not exist, whoever asks: the key could not use it.
 */
export function chosenGroup(
  directory: Pick<Directory, 'catalogue' | 'tier'>,
  key: Pick<Key, 'class' | 'accountId' | 'projectId'>,
  asked: string | null,
): string | null {
  if (asked === null) return null;
  if (key.class === 'management')
    throw invalidField('/groupId', 'A management key calls no models, so it is in no group. Leave it out.');
  const { groups } = directory.catalogue();
  const id = (groups.find((one) => one.id === asked) ?? groups.find(({ name }) => name === asked))?.id;
  if (id !== undefined && directory.tier(id)?.isFor(key)) return id;
  throw new Fault(
    'forbidden',
    `No group ${asked.slice(0, 80)} is open to this project. \`GET /api/v1/projects/{id}/groups\` lists those that are.`,
    { errors: [{ pointer: '/groupId', detail: 'Choose a group that is open to the project, or null for none.' }] },
  );
}
