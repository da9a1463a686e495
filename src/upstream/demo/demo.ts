/**
 * The model built into Keyward, so that a first call works before any provider is set up. It speaks what the official
 * OpenAI and Anthropic clients expect, costs nothing to run, and is the same for the same request: pure, no clock.
 */
import { chatAnswer, completionAnswer } from './demoChat.ts';
import { embeddingsAnswer } from './demoEmbeddings.ts';
import { countTokensAnswer, messagesAnswer } from './demoMessages.ts';
import { responsesAnswer } from './demoResponses.ts';
import { DemoRefusal, type Json } from './demoText.ts';
import { json, type DemoAnswer, type DemoRequest } from './demoWire.ts';

const ROUTES: Readonly<Record<string, (request: DemoRequest, body: Json) => DemoAnswer>> = {
  '/chat/completions': chatAnswer,
  '/completions': completionAnswer,
  '/responses': responsesAnswer,
  '/embeddings': (_request, body) => embeddingsAnswer(body),
  '/messages': messagesAnswer,
  '/messages/count_tokens': (_request, body) => countTokensAnswer(body),
};

/** Answers as an upstream would, refusals included. */
export function demoAnswer(request: DemoRequest): DemoAnswer {
  const path = request.path.replace(/\?.*$/s, '').replace(/^\/v1(?=\/)/, '');
  try {
    const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
    if (route === undefined) throw new DemoRefusal(404, `The demo model has no ${path.slice(0, 80)}.`);
    if (request.method !== 'POST') throw new DemoRefusal(405, `${path} takes POST.`);
    return route(request, readBody(request.body));
  } catch (refusal) {
    if (!(refusal instanceof DemoRefusal)) throw refusal;
    return path.startsWith('/messages') ? anthropicError(refusal, request.requestId) : openaiError(refusal);
  }
}

function readBody(body: Buffer): Json {
  let value: unknown;
  try {
    value = JSON.parse(body.toString()) as unknown;
  } catch {
    throw new DemoRefusal(400, 'The body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DemoRefusal(400, 'The body must be a JSON object.');
  const { model } = value as Json;
  if (typeof model !== 'string') throw new DemoRefusal(400, '"model" must be a string.', 'model');
  return value as Json;
}

function openaiError({ status, message, param }: DemoRefusal): DemoAnswer {
  return json(status, {
    error: { message, type: 'invalid_request_error', param, code: status === 404 ? 'unknown_url' : null },
  });
}

function anthropicError({ status, message }: DemoRefusal, requestId: string): DemoAnswer {
  const type = status === 404 ? 'not_found_error' : 'invalid_request_error';
  return json(status, { type: 'error', error: { type, message }, request_id: requestId });
}
