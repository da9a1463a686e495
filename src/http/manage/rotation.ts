import type { Clock } from '../../core/ambient.ts';
import type { Regions } from '../../core/region.ts';
import type { FindOwners } from '../../service/owners.ts';
import type { Rotation } from '../../service/rotation.ts';
import { callerOf, type Api } from './api.ts';
import { idParam } from './schema/fields.ts';
import { toKeyOut } from './schema/keys.ts';
import {
  revealBody,
  revealedOut,
  rotateBody,
  rotatedKeyOut,
  secretParams,
  secretsOut,
  toSecretsOut,
} from './schema/secrets.ts';

/** `/keys/{id}/rotate` and `/keys/{id}/secrets`: the values of a key. */
export function rotationRoutes(
  app: Api,
  {
    rotation,
    findOwners,
    regions,
    clock,
  }: { rotation: Rotation; findOwners: FindOwners; regions: Regions; clock: Clock },
): void {
  const tags = ['Keys'];

  app.route({
    method: 'POST',
    url: '/keys/:id/rotate',
    config: { permission: 'keys.rotate' },
    schema: {
      tags,
      operationId: 'rotateKey',
      summary: 'Give a key a new value',
      description:
        'The answer holds the new `value`, which is shown this once. The earlier value works on for `overlapSeconds`, then it is refused as unknown, on every node at the same moment; it never outlives the key. Everything else of the key stays: both values share its limits. While two values work, a third is refused (409).',
      params: idParam,
      body: rotateBody,
      response: { 200: rotatedKeyOut },
    },
    handler: async (request) => {
      const { id } = request.params;
      const rotated = await rotation.rotate(callerOf(request), id, request.body.overlapSeconds * 1000);
      const nowMs = clock();
      const [owner] = await findOwners([rotated.key]);
      const secrets = toSecretsOut(rotated.secrets, nowMs);
      return { ...toKeyOut(rotated.key, owner, regions, nowMs), value: rotated.value, secrets };
    },
  });

  app.route({
    method: 'POST',
    url: '/keys/:id/rotate/undo',
    config: { permission: 'keys.rotate' },
    schema: {
      tags,
      operationId: 'undoKeyRotation',
      summary: 'Take a rotation back',
      description: 'While the earlier value still works: it lives on as before, and the newer one ends now.',
      params: idParam,
      response: { 200: secretsOut },
    },
    handler: async (request) => ({
      data: toSecretsOut(await rotation.undo(callerOf(request), request.params.id), clock()),
    }),
  });

  app.route({
    method: 'POST',
    url: '/keys/:id/reveal',
    config: { permission: 'keys.reveal', stepUp: true },
    schema: {
      tags,
      operationId: 'revealKey',
      summary: 'Show the value of a key again',
      description:
        'Only where the account keeps values (`keyReveal` is `recoverable`), and of values made since then; else 404, and a rotation gives a new one. People prove first who they are, keys send the key’s name. Every reveal is in the audit log.',
      params: idParam,
      body: revealBody,
      response: { 200: revealedOut },
    },
    handler: async (request) => {
      const { key, value } = await rotation.reveal(callerOf(request), request.params.id, request.body.confirm);
      return { id: key.id, masked: key.masked, value };
    },
  });

  app.route({
    method: 'GET',
    url: '/keys/:id/secrets',
    config: { permission: 'keys.read' },
    schema: {
      tags,
      operationId: 'listKeySecrets',
      summary: 'List the values of a key',
      description: 'Masked, with when and from where each was last used: who still uses the earlier one shows here.',
      params: idParam,
      response: { 200: secretsOut },
    },
    handler: async (request) => ({
      data: toSecretsOut(await rotation.list(callerOf(request), request.params.id), clock()),
    }),
  });

  app.route({
    method: 'POST',
    url: '/keys/:id/secrets/:secretId/end',
    config: { permission: 'keys.rotate' },
    schema: {
      tags,
      operationId: 'endKeySecret',
      summary: 'End an earlier value of a key now',
      description:
        'Its calls are refused from the next one on, and streams under way with it are cut. The newest stays.',
      params: secretParams,
      response: { 200: secretsOut },
    },
    handler: async (request) => {
      const { id, secretId } = request.params;
      return { data: toSecretsOut(await rotation.end(callerOf(request), id, secretId), clock()) };
    },
  });
}
