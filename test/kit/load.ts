import { Agent, request, type IncomingMessage } from 'node:http';
import { planText, type LoadPlan } from './loadUpstream.ts';

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The seed of a run: chance, or SEED to see one again. */
export function newSeed(): number {
  const { SEED } = process.env;
  return SEED === undefined ? Math.floor(Math.random() * 1_000_000_000) : Number(SEED);
}

/**
 * What a client saw of one call. `complete`: the whole JSON, or `[DONE]`. `refused`: a denial. `failed`: another whole
 * answer that is an error. `broken`: no whole answer. `left`: the client went away by itself.
 */
export interface Seen {
  readonly outcome: 'complete' | 'refused' | 'failed' | 'broken' | 'left';
  readonly key: number;
  readonly streamed: boolean;
  /** By `performance.now()`. */
  readonly startedMs: number;
  /** Null where no answer's head came. */
  readonly requestId: string | null;
  readonly status: number;
  /** Of a refusal or failure; of a broken one what broke it. */
  readonly code: string;
  readonly promptTokens: number;
  /** Null where the client cannot know it: it named no maximum and got no whole answer. */
  readonly completionTokens: number | null;
  /** What has to be reserved for it; output null: it named no maximum, and may have been lowered. */
  readonly reserved: { readonly inputTokens: number; readonly outputTokens: number | null };
}

export interface LoadOptions {
  readonly url: string;
  readonly keys: readonly string[];
  readonly model: string;
  readonly workers: number;
  readonly random: () => number;
  /** How often, of 1, a call is to break or to fail at its upstream, and its client to leave. */
  readonly mishaps?: number;
  /** Multiplies delays. */
  readonly slowness?: number;
  readonly onSeen?: (seen: Seen) => void;
}

/** Clients that call a server all the time. */
export interface Load {
  readonly seen: Seen[];
  /** Starts no more calls; resolves when those under way have ended. */
  stop(): Promise<void>;
}

const TIMEOUT_MS = 20_000;

export function startLoad(options: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: options.workers });
  const seen: Seen[] = [];
  let stopped = false;

  async function work(): Promise<void> {
    while (!stopped) {
      const one = await callOnce(options, draw(options), agent);
      seen.push(one);
      options.onSeen?.(one);
      // Nobody listens there: others shall have the processor.
      if (one.outcome === 'broken') await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  const workers = Array.from({ length: options.workers }, work);
  return {
    seen,
    async stop() {
      stopped = true;
      await Promise.all(workers);
      agent.destroy();
    },
  };
}

/** One call that is to be answered at once. */
export function callKey(url: string, key: string, model: string, over: Partial<LoadCall> = {}): Promise<Seen> {
  const call: LoadCall = {
    plan: { key: 0, promptTokens: 20, completionTokens: 10, parts: 2, delayMs: 0, ending: 'whole' },
    maxTokens: 50,
    streamed: false,
    leavesAfterMs: null,
    ...over,
  };
  const agent = new Agent();
  return callOnce({ url, keys: [key], model }, call, agent).finally(() => agent.destroy());
}

interface LoadCall {
  readonly plan: LoadPlan;
  readonly maxTokens: number | null;
  readonly streamed: boolean;
  readonly leavesAfterMs: number | null;
}

function draw({ keys, random, mishaps = 0, slowness = 1 }: LoadOptions): LoadCall {
  const below = (most: number): number => Math.floor(random() * most);
  const fate = random();
  const ending = fate < mishaps / 3 ? 'broken' : fate < (mishaps * 2) / 3 ? 'error' : 'whole';
  const leaves = ending === 'whole' && fate < mishaps;
  return {
    plan: {
      key: below(keys.length),
      // Less than the bytes of the request, which are what is reserved for it.
      promptTokens: 1 + below(60),
      completionTokens: 1 + below(100),
      parts: 1 + below(4),
      delayMs: below(3) === 0 ? 0 : below(12 * slowness),
      ending,
    },
    maxTokens: below(5) === 0 ? null : 100,
    streamed: below(2) === 0,
    leavesAfterMs: leaves ? below(15) : null,
  };
}

function callOnce(target: Pick<LoadOptions, 'url' | 'keys' | 'model'>, call: LoadCall, agent: Agent): Promise<Seen> {
  const { plan, maxTokens, streamed, leavesAfterMs } = call;
  const body = JSON.stringify({
    model: target.model,
    // A stream says what was used only to those who ask for it.
    ...(streamed && { stream: true, ...(maxTokens === null && { stream_options: { include_usage: true } }) }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    messages: [{ role: 'user', content: planText(plan) }],
  });
  const base = {
    key: plan.key,
    streamed,
    startedMs: performance.now(),
    promptTokens: plan.promptTokens,
    completionTokens: maxTokens === null ? null : Math.min(plan.completionTokens, maxTokens),
    reserved: { inputTokens: body.length, outputTokens: maxTokens },
  };
  return new Promise((resolve) => {
    let requestId: string | null = null;
    let status = 0;
    let text = '';
    let leaving: NodeJS.Timeout | undefined;
    const answered = (part: Pick<Seen, 'outcome' | 'code'> & Partial<Seen>): void => {
      clearTimeout(leaving);
      resolve({ ...base, requestId, status, ...part });
    };
    const broken = (error: NodeJS.ErrnoException): void => {
      if (streamed && /^data: \[DONE\]$/m.test(text)) return answered(whole(text, streamed));
      if (leaving?.hasRef() === false) return answered({ outcome: 'left', code: '' });
      answered({
        outcome: 'broken',
        code: /^event: error$/m.test(text) ? 'error event' : (error.code ?? error.message),
      });
    };
    const sent = request(`${target.url}/v1/chat/completions`, {
      method: 'POST',
      agent,
      timeout: TIMEOUT_MS,
      headers: {
        authorization: `Bearer ${target.keys[plan.key] ?? target.keys[0] ?? ''}`,
        'content-type': 'application/json',
        'content-length': body.length,
      },
    });
    if (leavesAfterMs !== null)
      leaving = setTimeout(() => {
        leaving?.unref();
        sent.destroy(Object.assign(new Error('left'), { code: 'LEFT' }));
      }, leavesAfterMs);
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' })));
    sent.on('error', broken);
    sent.on('response', (response: IncomingMessage) => {
      status = response.statusCode ?? 0;
      requestId = String(response.headers['x-request-id']);
      const code = response.headers['x-keyward-code'];
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', broken);
      response.on('end', () => {
        if (!response.complete) return broken(new Error('cut off'));
        if (status === 200) return answered(whole(text, streamed));
        answered({ outcome: DENIED.has(status) ? 'refused' : 'failed', code: String(code ?? status) });
      });
    });
    sent.end(body);
  });
}

const DENIED = new Set([401, 403, 404, 429]);

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

function whole(text: string, streamed: boolean): Pick<Seen, 'outcome' | 'code'> & Partial<Seen> {
  if (!streamed) {
    const { usage } = JSON.parse(text) as { usage: Usage };
    return { outcome: 'complete', code: '', completionTokens: usage.completion_tokens };
  }
  if (!/^data: \[DONE\]$/m.test(text))
    return { outcome: 'broken', code: /event: error/.test(text) ? 'error event' : 'no end' };
  const told = /"usage":(\{[^}]*\})/.exec(text)?.[1];
  return {
    outcome: 'complete',
    code: '',
    ...(told !== undefined && { completionTokens: (JSON.parse(told) as Usage).completion_tokens }),
  };
}
