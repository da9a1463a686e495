import type { Explain } from '../../service/explain.ts';
import { callerOf, type Api } from './api.ts';
import { explainBody, explanationOut, toExplanationOut, toQuestion } from './schema/explain.ts';
import { idParam } from './schema/fields.ts';

/** `/keys/{id}/explain`. */
export function explainRoutes(app: Api, { explain }: { explain: Explain }): void {
  app.route({
    method: 'POST',
    url: '/keys/:id/explain',
    config: { permission: 'keys.read', audit: false },
    schema: {
      tags: ['Keys'],
      operationId: 'explainKey',
      summary: 'Explain what would become of a call',
      description:
        'The gateway’s whole decision about a call of this key, step by step, with what to do about each refusal. Needs no key value, uses nothing, counts nothing and leaves no trace.',
      params: idParam,
      body: explainBody,
      response: { 200: explanationOut },
    },
    handler: async (request) => {
      const { id } = request.params;
      const question = toQuestion(request.body);
      const explanation = await explain.explain(callerOf(request), id, question);
      return toExplanationOut(explanation, id, question.address !== null);
    },
  });
}
