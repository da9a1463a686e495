import type { Clock, NewId } from '../core/ambient.ts';
import { isOperator, reaches, type Caller } from '../core/caller.ts';
import type { Model, Provider } from '../core/catalogue.ts';
import { invalidField, notFound } from '../core/fault.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { CatalogueTable, ProjectStore } from '../core/ports.ts';
import type { Directory } from './directory.ts';
import { sliceOf } from './slice.ts';

export type ModelDraft = Omit<Model, 'id' | 'createdAtMs' | 'accountId'>;
export type ModelChange = Partial<Omit<ModelDraft, 'projectId'>>;

export interface ModelFilter extends PageQuery {
  /** What a key of this project could call. */
  readonly projectId: string | null;
  readonly providerId: string | null;
  /** Found in the name, case ignored. */
  readonly search: string | null;
}

/** Models: made by the operator, seen by every project that may call them. */
export interface Models {
  create(draft: ModelDraft): Promise<Model>;
  list(caller: Caller, filter: ModelFilter): Page<Model>;
  /** Throws `not_found` for what the caller may not know. */
  get(caller: Caller, id: string): Model;
  /** Who serves it. */
  providerOf(model: Model): Provider | undefined;
  change(id: string, change: ModelChange): Promise<Model>;
  remove(id: string): Promise<void>;
}

export function createModels(options: {
  table: CatalogueTable<Model>;
  projects: Pick<ProjectStore, 'get'>;
  directory: Directory;
  clock: Clock;
  newId: NewId;
}): Models {
  const { table, projects, directory, clock, newId } = options;

  function existing(id: string): Model {
    const found = directory.catalogue().models.find((model) => model.id === id);
    if (!found) throw notFound('model', id);
    return found;
  }

  function mustKnowProvider(id: string): void {
    const known = directory.catalogue().providers.some((provider) => provider.id === id);
    if (!known)
      throw invalidField(
        '/providerId',
        `There is no provider ${id.slice(0, 80)}. \`GET /api/v1/providers\` lists them.`,
      );
  }

  return {
    async create(draft) {
      mustKnowProvider(draft.providerId);
      const project = draft.projectId === null ? null : await projects.get(draft.projectId);
      if (project === undefined)
        throw invalidField('/projectId', `There is no project ${draft.projectId?.slice(0, 80)}.`);
      const model: Model = { ...draft, accountId: project?.accountId ?? null, id: newId('mdl'), createdAtMs: clock() };
      await table.create(model);
      await directory.reload();
      return model;
    },
    list(caller, { projectId, providerId, search, ...page }) {
      const wanted = directory
        .catalogue()
        .models.filter(
          (model) =>
            isOpenTo(caller, model) &&
            (projectId === null || model.projectId === null || model.projectId === projectId) &&
            (providerId === null || model.providerId === providerId) &&
            (search === null || model.name.toLowerCase().includes(search.toLowerCase())),
        );
      return sliceOf(wanted, page);
    },
    get(caller, id) {
      const model = existing(id);
      if (!isOpenTo(caller, model)) throw notFound('model', id);
      return model;
    },
    providerOf: ({ providerId }) => directory.catalogue().providers.find(({ id }) => id === providerId),
    async change(id, change) {
      existing(id);
      if (change.providerId !== undefined) mustKnowProvider(change.providerId);
      const changed = await table.update(id, change);
      if (!changed) throw notFound('model', id);
      await directory.reload();
      return changed;
    },
    async remove(id) {
      existing(id);
      if (!(await table.remove(id))) throw notFound('model', id);
      await directory.reload();
    },
  };
}

/** Whether a caller may know of a model: the operator of all, others of those open to everyone and of their own. */
export function isOpenTo(caller: Caller, { accountId, projectId }: Model): boolean {
  if (isOperator(caller) || accountId === null || projectId === null) return true;
  return reaches(caller, { accountId, projectId });
}
