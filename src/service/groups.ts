import type { Project } from '../core/account.ts';
import type { Clock, NewId } from '../core/ambient.ts';
import type { Place } from '../core/caller.ts';
import { notFound, type FieldError } from '../core/fault.ts';
import type { Audience, Group, Opening } from '../core/group.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { AccountStore, CatalogueTable, ProjectStore } from '../core/ports.ts';
import type { Directory } from './directory.ts';
import { faulty } from './keys.ts';
import { sliceOf } from './slice.ts';

export type GroupDraft = Omit<Group, 'id' | 'createdAtMs'>;

/** A group as those see it who may choose it: not whom else it is open to. */
export interface OpenGroup {
  readonly group: Group;
  /** Names of the project's models that it opens; null: all that the project has. */
  readonly models: readonly string[] | null;
}

/** Tiers that keys are put in. The operator makes them; keys of the projects they are open to may be put in them. */
export interface Groups {
  /** Models and providers may be named by their names. */
  create(draft: GroupDraft): Promise<Group>;
  list(query: PageQuery): Page<Group>;
  get(id: string): Group;
  /** Acts on the next call of the keys that are in it. */
  change(id: string, change: Partial<GroupDraft>): Promise<Group>;
  /** Throws `conflict` while keys are in it. */
  remove(id: string): Promise<void>;
  /** Those that keys of the project may be put in. */
  openIn(project: Project, query: PageQuery): Page<OpenGroup>;
}

export function createGroups(options: {
  table: CatalogueTable<Group>;
  accounts: Pick<AccountStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
  directory: Directory;
  clock: Clock;
  newId: NewId;
}): Groups {
  const { table, accounts, projects, directory, clock, newId } = options;

  function get(id: string): Group {
    const found = directory.catalogue().groups.find((group) => group.id === id);
    if (!found) throw notFound('group', id);
    return found;
  }

  /** With ids in place of names; throws with every faulty field named. */
  async function checked<T extends Partial<GroupDraft>>(draft: T): Promise<T> {
    const errors: FieldError[] = [];
    const opens = draft.opens && resolved(draft.opens, errors);
    if (draft.openTo) await checkPlaces(draft.openTo, errors);
    if (errors.length > 0) throw faulty(errors);
    return opens ? { ...draft, opens } : draft;
  }

  function resolved(opens: Opening, errors: FieldError[]): Opening {
    if (opens.mode === 'all') return opens;
    const { models, providers } = directory.catalogue();
    const resources = opens.resources.map(({ type, id: asked }, index) => {
      const things: readonly { readonly id: string; readonly name: string }[] = type === 'model' ? models : providers;
      const id = (things.find((one) => one.id === asked) ?? things.find((one) => one.name === asked))?.id;
      if (id === undefined) {
        const detail = `There is no ${type} ${asked.slice(0, 80)}. \`GET /api/v1/${type}s\` lists them.`;
        errors.push({ pointer: `/opens/resources/${index}/id`, detail });
      }
      return { type, id: id ?? asked };
    });
    errors.push(...repeated(resources, '/opens/resources'));
    return { mode: 'range', resources };
  }

  async function checkPlaces(openTo: Audience, errors: FieldError[]): Promise<void> {
    if (openTo.mode === 'all') return;
    const found = await Promise.all(
      openTo.places.map(({ type, id }) => (type === 'account' ? accounts.get(id) : projects.get(id))),
    );
    for (const [index, { type, id }] of openTo.places.entries()) {
      const detail = `There is no ${type} ${id.slice(0, 80)}. Check the id.`;
      if (!found[index]) errors.push({ pointer: `/openTo/places/${index}/id`, detail });
    }
    errors.push(...repeated(openTo.places, '/openTo/places'));
  }

  return {
    async create(draft) {
      const group: Group = { ...(await checked(draft)), id: newId('grp'), createdAtMs: clock() };
      await table.create(group);
      await directory.reload();
      return group;
    },
    list: (query) => sliceOf(directory.catalogue().groups, query),
    get,
    async change(id, change) {
      get(id);
      const changed = await table.update(id, await checked(change));
      if (!changed) throw notFound('group', id);
      await directory.reload();
      return changed;
    },
    async remove(id) {
      get(id);
      if (!(await table.remove(id))) throw notFound('group', id);
      await directory.reload();
    },
    openIn({ id: projectId, accountId }, query) {
      const place = { accountId, projectId };
      const page = sliceOf(
        directory.catalogue().groups.filter(({ id }) => directory.tier(id)?.isFor(place)),
        query,
      );
      return { ...page, data: page.data.map((group) => ({ group, models: modelsOf(group, place) })) };
    },
  };

  function modelsOf({ id, opens }: Group, place: Place): string[] | null {
    if (opens.mode === 'all') return null;
    return directory.listed(place, () => true, id).map(({ name }) => name);
  }
}

function repeated(named: readonly { readonly type: string; readonly id: string }[], pointer: string): FieldError[] {
  const seen = new Set<string>();
  return named.flatMap(({ type, id }, index) => {
    const isNew = !seen.has(`${type} ${id}`);
    seen.add(`${type} ${id}`);
    return isNew ? [] : [{ pointer: `${pointer}/${index}`, detail: `This ${type} is named before. Name it once.` }];
  });
}
