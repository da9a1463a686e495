/** What the demo model understands and says. Deterministic: the same request always gets the same answer. */
import { estimateTokens } from '../../core/estimate.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A tool the client offers: `parameters` is its JSON schema. */
export interface Tool {
  readonly name: string;
  readonly parameters: Json;
}

/** A request of any protocol, as far as the demo model reads it. */
export interface Conversation {
  /** What was said last, and whether a tool said it. */
  readonly said: string;
  readonly byTool: boolean;
  readonly images: number;
  readonly inputTokens: number;
  readonly tools: readonly Tool[];
  /** `name` null: any of the tools. */
  readonly choice: { readonly mode: 'auto' | 'none' | 'required'; readonly name: string | null };
  readonly maxTokens: number | null;
  /** The answer must be JSON. */
  readonly json: boolean;
}

/** An answer in pieces, each of them one token: text, or the arguments of a call of `tool`. */
export interface Generation {
  readonly tool: Tool | null;
  readonly pieces: readonly string[];
  /** Stopped by the client's limit before its end. */
  readonly cut: boolean;
}

/** A request the demo model refuses, as a provider would. */
export class DemoRefusal extends Error {
  override readonly name = 'DemoRefusal';
  readonly status: number;
  readonly param: string | null;

  constructor(status: number, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.param = param;
  }
}

const QUOTED_LENGTH = 160;
// Less than the bytes of the shortest part or message that brings it: input tokens never exceed input bytes.
const TOKENS_PER_IMAGE = 16;
const TOKENS_PER_MESSAGE = 3;

export function generate(conversation: Conversation): Generation {
  const tool = calledTool(conversation);
  const text = tool === null ? reply(conversation) : JSON.stringify(sample(tool.parameters));
  return cutTo(conversation.maxTokens, tool, text);
}

export function cutTo(maxTokens: number | null, tool: Tool | null, text: string): Generation {
  const pieces = text.match(/\s*\S{1,6}|\s+/gu) ?? [];
  const most = maxTokens ?? pieces.length;
  return { tool, pieces: pieces.slice(0, most), cut: pieces.length > most };
}

/** The demo's answer to a text that is not part of a conversation. */
export function replyTo(text: string): string {
  return `Hello! This is Keyward's built-in demo model. You wrote: ${quoted(text)} Add a provider to reach a real one.`;
}

function reply({ said, byTool, images, json }: Conversation): string {
  const seen = images === 0 ? '' : images === 1 ? ' I also got an image.' : ` I also got ${images} images.`;
  const text = byTool ? `The tool answered: ${quoted(said)}` : `${replyTo(said)}${seen}`;
  return json ? JSON.stringify({ reply: text }) : text;
}

/** The tool to call: the one that is forced, or the one asked for in words ("call get_weather"). */
function calledTool({ said, byTool, tools, choice }: Conversation): Tool | null {
  if (choice.mode === 'none' || tools.length === 0) return null;
  if (choice.mode === 'required') {
    const tool = choice.name === null ? tools[0] : tools.find(({ name }) => name === choice.name);
    if (tool === undefined)
      throw new DemoRefusal(400, `Tool "${choice.name ?? ''}" is not among the tools.`, 'tool_choice');
    return tool;
  }
  const asked = byTool
    ? null
    : (/\bcall\s+[`"']?([A-Za-z0-9_.-]+?)(?=[`"']|\.?(?:\s|$)|[,;:!?(])/i.exec(said)?.[1] ?? null);
  return tools.find(({ name }) => name === asked) ?? null;
}

/** A value that fits a JSON schema well enough: its required members, each with an example of its type. */
function sample(schema: unknown, depth = 0): unknown {
  const { type, properties, required, enum: values, default: standard, const: fixed } = record(schema);
  if (fixed !== undefined) return fixed;
  if (Array.isArray(values) && values.length > 0) return values[0] as unknown;
  if (standard !== undefined) return standard;
  switch (Array.isArray(type) ? (type[0] as unknown) : type) {
    case 'string':
      return 'demo';
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'null':
      return null;
    default: {
      const names = Array.isArray(required) && depth < 8 ? required.filter((name) => typeof name === 'string') : [];
      return Object.fromEntries(names.map((name) => [name, sample(record(properties)[name], depth + 1)]));
    }
  }
}

/** The text of a message's content in any protocol: a string, or parts of text, images, and nested tool results. */
export function readContent(content: unknown): { text: string; images: number } {
  if (typeof content === 'string') return { text: content, images: 0 };
  if (!Array.isArray(content)) return { text: '', images: 0 };
  const texts: string[] = [];
  let images = 0;
  for (const part of content.map(record)) {
    if (typeof part['text'] === 'string') texts.push(part['text']);
    else if (part['type'] === 'image_url' || part['type'] === 'input_image' || part['type'] === 'image') images += 1;
    else if (part['type'] === 'tool_result') texts.push(readContent(part['content']).text);
  }
  return { text: texts.join('\n'), images };
}

/** Input tokens of messages: by the length of their texts, and a fixed number for each message and image. */
export function inputTokens(contents: readonly { readonly text: string; readonly images: number }[]): number {
  return contents.reduce(
    (sum, { text, images }) =>
      sum + estimateTokens(Buffer.byteLength(text)) + images * TOKENS_PER_IMAGE + TOKENS_PER_MESSAGE,
    0,
  );
}

/** An optional count of a request: null when absent; refused when it is no whole number from `least` on. */
export function readCount(body: Json, name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number | null {
  const value = body[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw new DemoRefusal(400, `"${name}" must be a whole number from ${least} on.`, name);
  }
  return value;
}

export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function quoted(text: string): string {
  const characters = Array.from(text.slice(0, 2 * QUOTED_LENGTH));
  const short = characters.slice(0, QUOTED_LENGTH).join('').trim();
  return `"${short}${characters.length > QUOTED_LENGTH ? '…' : ''}".`;
}
