import type { Project } from '../core/account.ts';
import type { Clock, NewId } from '../core/ambient.ts';
import { isOperator, reaches, type Caller } from '../core/caller.ts';
import type { Endpoint, Model } from '../core/catalogue.ts';
import { notFound, type FieldError } from '../core/fault.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { CatalogueTable } from '../core/ports.ts';
import type { Directory } from './directory.ts';
import { faulty } from './keys.ts';
import { sliceOf } from './slice.ts';

/** `modelId` may be the model's id or its name. Provider and upstream model are the operator's to choose. */
export type EndpointDraft = Omit<Endpoint, 'id' | 'accountId' | 'projectId' | 'createdAtMs'>;
export type EndpointChange = Partial<EndpointDraft>;

/** A project's own names for models. */
export interface Endpoints {
  create(caller: Caller, project: Project, draft: EndpointDraft): Promise<Endpoint>;
  list(project: Project, query: PageQuery): Page<Endpoint>;
  /** Throws `not_found` for what the caller may not know. */
  get(caller: Caller, id: string): Endpoint;
  change(caller: Caller, id: string, change: EndpointChange): Promise<Endpoint>;
  remove(caller: Caller, id: string): Promise<void>;
}

export function createEndpoints(options: {
  table: CatalogueTable<Endpoint>;
  directory: Directory;
  clock: Clock;
  newId: NewId;
}): Endpoints {
  const { table, directory, clock, newId } = options;

  function get(caller: Caller, id: string): Endpoint {
    const found = directory.catalogue().endpoints.find((endpoint) => endpoint.id === id);
    if (!found || !reaches(caller, found)) throw notFound('endpoint', id);
    return found;
  }

  /** The endpoint with the model's id in place of its name; throws with every faulty field named. */
  function checked(caller: Caller, endpoint: Endpoint, given: EndpointChange, before?: Endpoint): Endpoint {
    const errors: FieldError[] = [];
    const model = visibleModel(directory, endpoint.projectId, endpoint.modelId);
    if (!model)
      errors.push({
        pointer: '/modelId',
        detail: `There is no model ${endpoint.modelId.slice(0, 80)} in this project. \`GET /api/v1/models\` lists what there is.`,
      });
    const most = model?.maxOutputTokens ?? null;
    if (most !== null && endpoint.maxOutputTokens !== null && endpoint.maxOutputTokens > most) {
      errors.push({
        pointer: '/maxOutputTokens',
        detail: `The model writes ${most} tokens at most. Choose no more than that.`,
      });
    }
    if (!isOperator(caller)) errors.push(...operatorsOnly(given, before));
    const { providerId } = endpoint;
    if (
      isOperator(caller) &&
      providerId !== null &&
      !directory.catalogue().providers.some(({ id }) => id === providerId)
    ) {
      errors.push({ pointer: '/providerId', detail: `There is no provider ${providerId.slice(0, 80)}.` });
    }
    if (errors.length > 0 || !model) throw faulty(errors);
    return { ...endpoint, modelId: model.id };
  }

  return {
    async create(caller, project, draft) {
      const { id: projectId, accountId } = project;
      // Applications write this id where a model's name goes, in the form known from other platforms.
      const id = newId('ep').replace('_', '-');
      const endpoint = checked(caller, { ...draft, id, accountId, projectId, createdAtMs: clock() }, draft);
      await table.create(endpoint);
      await directory.reload();
      return endpoint;
    },
    list: (project, query) =>
      sliceOf(
        directory.catalogue().endpoints.filter(({ projectId }) => projectId === project.id),
        query,
      ),
    get,
    async change(caller, id, change) {
      const before = get(caller, id);
      const whole = checked(caller, { ...before, ...change }, change, before);
      const resolved = change.modelId === undefined ? change : { ...change, modelId: whole.modelId };
      const changed = await table.update(id, resolved);
      if (!changed) throw notFound('endpoint', id);
      await directory.reload();
      return changed;
    },
    async remove(caller, id) {
      get(caller, id);
      if (!(await table.remove(id))) throw notFound('endpoint', id);
      await directory.reload();
    },
  };
}

/**
 * Where a call goes is the operator's. An endpoint that the operator has sent elsewhere keeps its model too: its price
 * is the model's, and must stay the price of what is called.
 */
function operatorsOnly(given: EndpointChange, before: Endpoint | undefined): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['providerId', 'upstreamModel'] as const) {
    const isSet = before ? given[field] !== undefined : given[field] != null;
    if (isSet)
      errors.push({ pointer: `/${field}`, detail: 'Where a call goes is the operator’s to choose. Leave this out.' });
  }
  const isSentElsewhere = before !== undefined && (before.providerId !== null || before.upstreamModel !== null);
  if (isSentElsewhere && given.modelId !== undefined && given.modelId !== before.modelId) {
    errors.push({
      pointer: '/modelId',
      detail:
        'The operator has chosen where this endpoint leads, so only they change its model. Ask them, or make another endpoint.',
    });
  }
  return errors;
}

function visibleModel(directory: Directory, projectId: string, idOrName: string): Model | undefined {
  const { models } = directory.catalogue();
  const model = models.find(({ id }) => id === idOrName) ?? models.find(({ name }) => name === idOrName);
  return model && directory.has(projectId, { type: 'model', id: model.id }) ? model : undefined;
}
