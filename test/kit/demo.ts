import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { demoAnswer } from '../../src/upstream/demo/demo.ts';
import type { DemoAnswer } from '../../src/upstream/demo/demoWire.ts';

/** What the demo model answers to a body. */
export function ask(path: string, body: unknown, method = 'POST'): DemoAnswer {
  return demoAnswer({
    path,
    method,
    body: Buffer.from(JSON.stringify(body)),
    requestId: 'req_01-ab',
    nowMs: 1_700_000_000_999,
  });
}

export function bytesOf(answer: DemoAnswer): Buffer {
  return 'body' in answer ? answer.body : Buffer.concat([...answer.events]);
}

/** The demo model as the network: what a client sends is what it reads. */
const fetchDemo = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const { pathname } = new URL(url instanceof Request ? url.url : url);
  const answer = demoAnswer({
    path: pathname,
    method: init?.method ?? 'GET',
    body: Buffer.from(typeof init?.body === 'string' ? init.body : ''),
    requestId: 'req_1',
    nowMs: 0,
  });
  return new Response(new Uint8Array(bytesOf(answer)), { status: answer.status, headers: answer.headers });
};
/** The official clients, whose network is the demo model. */
export const openai = new OpenAI({ apiKey: 'k', baseURL: 'http://demo/v1', fetch: fetchDemo, maxRetries: 0 });
export const anthropic = new Anthropic({ apiKey: 'k', baseURL: 'http://demo', fetch: fetchDemo, maxRetries: 0 });

export const MODEL = 'keyward-demo';
export const messages = [{ role: 'user' as const, content: 'How are you?' }];
export const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' }, unit: { enum: ['c', 'f'] } },
  required: ['city', 'days', 'unit'],
};
export const ARGUMENTS = { city: 'demo', days: 1, unit: 'c' };
export const chatTools = [{ type: 'function' as const, function: { name: 'get_weather', parameters } }];
