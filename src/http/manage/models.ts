import { z } from 'zod';
import { isOperator } from '../../core/caller.ts';
import type { Model } from '../../core/catalogue.ts';
import type { Models } from '../../service/models.ts';
import type { ImportPrices } from '../../service/priceImport.ts';
import type { Projects } from '../../service/projects.ts';
import { callerOf, type Api } from './api.ts';
import {
  importReportOut,
  modelChange,
  modelCreate,
  modelListQuery,
  modelOut,
  priceImportBody,
  toModelOut,
} from './schema/models.ts';
import { idParam, listOf } from './schema/fields.ts';

/** LiteLLM's whole file is 1.7 MB and grows. */
const IMPORT_LIMIT_BYTES = 8 * 1024 * 1024;

/** `/models`. */
export function modelRoutes(app: Api, deps: { models: Models; projects: Projects; importPrices: ImportPrices }): void {
  const { models, projects, importPrices } = deps;
  const tags = ['Models'];
  const outOf = (model: Model, operator: boolean) => toModelOut(model, models.providerOf(model), operator);

  app.route({
    method: 'POST',
    url: '/models',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'createModel',
      summary: 'Create a model',
      description:
        'Keys whose scope is `all` can call it from the next request on. Without `prices` its cost is unknown, not zero.',
      body: modelCreate,
      response: { 201: modelOut },
    },
    handler: async (request, reply) => {
      const { upstreamModel = request.body.name, ...rest } = request.body;
      return reply.code(201).send(outOf(await models.create({ ...rest, upstreamModel }), true));
    },
  });

  app.route({
    method: 'GET',
    url: '/models',
    config: { permission: 'catalogue.read' },
    schema: {
      tags,
      operationId: 'listModels',
      summary: 'List models',
      description:
        'Every model to the operator, to others those that their projects may call, without saying where the calls go.',
      querystring: modelListQuery,
      response: { 200: listOf(modelOut, 'Models, newest first.') },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { projectId = null, providerId = null, search = null, ...page } = request.query;
      if (projectId !== null) await projects.get(caller, projectId);
      const operator = isOperator(caller);
      // Which provider serves a model is not theirs to find out by filtering.
      const found = models.list(caller, { ...page, projectId, providerId: operator ? providerId : null, search });
      return { ...found, data: found.data.map((model) => outOf(model, operator)) };
    },
  });

  app.route({
    method: 'GET',
    url: '/models/:id',
    config: { permission: 'catalogue.read' },
    schema: { tags, operationId: 'getModel', summary: 'Read a model', params: idParam, response: { 200: modelOut } },
    handler: async (request) => {
      const caller = callerOf(request);
      return outOf(models.get(caller, request.params.id), isOperator(caller));
    },
  });

  app.route({
    method: 'PATCH',
    url: '/models/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'changeModel',
      summary: 'Change a model',
      description:
        'New prices hold for requests from now on; what is in the ledger keeps the prices it was charged at.',
      params: idParam,
      body: modelChange,
      response: { 200: modelOut },
    },
    handler: async (request) => outOf(await models.change(request.params.id, request.body), true),
  });

  app.route({
    method: 'DELETE',
    url: '/models/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'deleteModel',
      summary: 'Delete a model',
      description: 'Refused with 409 while an endpoint uses it.',
      params: idParam,
      response: { 204: z.undefined().describe('Deleted.') },
    },
    handler: async (request, reply) => {
      await models.remove(request.params.id);
      return reply.code(204).send(undefined);
    },
  });

  app.route({
    method: 'POST',
    url: '/models/import',
    bodyLimit: IMPORT_LIMIT_BYTES,
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'importModels',
      summary: 'Import models and prices',
      description:
        'Takes LiteLLM’s price file. Makes the models that do not exist yet, sets the prices of those that do, and tells of every entry what became of it. Takes up to 8 MiB.',
      body: priceImportBody,
      response: { 200: importReportOut },
    },
    handler: async (request) => importPrices(request.body),
  });
}
