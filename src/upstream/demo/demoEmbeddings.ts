/** The demo model behind OpenAI's `/embeddings`: a text's vector is the sum of its words' vectors, so that like texts lie close. */
import { json, type DemoAnswer } from './demoWire.ts';
import { DemoRefusal, readCount } from './demoText.ts';
import type { Json } from './demoText.ts';
import { estimateTokens } from '../../core/estimate.ts';

const DIMENSIONS = 256;
const MOST_DIMENSIONS = 4096;
const MOST_INPUTS = 2048;
/** This runs on the gateway's own thread: numbers in one answer, and words looked at in one text, are few. */
const MOST_NUMBERS = 1024 * DIMENSIONS;
const MOST_WORDS = 64;

export function embeddingsAnswer(body: Json): DemoAnswer {
  const inputs = readInputs(body['input']);
  const dimensions = readCount(body, 'dimensions', 1, MOST_DIMENSIONS) ?? DIMENSIONS;
  if (inputs.length * dimensions > MOST_NUMBERS)
    throw new DemoRefusal(400, 'Too many vectors are asked for at once.', 'input');
  const asBase64 = body['encoding_format'] === 'base64';
  const data = inputs.map((input, index) => {
    const vector = embed(typeof input === 'string' ? input : input.join(' '), dimensions);
    const embedding = asBase64 ? Buffer.from(vector.buffer).toString('base64') : Array.from(vector);
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.reduce(
    (sum, input) => sum + (typeof input === 'string' ? estimateTokens(Buffer.byteLength(input)) : input.length),
    0,
  );
  return json(200, {
    object: 'list',
    data,
    model: body['model'],
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/** One text, texts, one text as token numbers, or several. */
function readInputs(input: unknown): readonly (string | readonly number[])[] {
  const inputs =
    typeof input === 'string' || isNumbers(input) ? [input] : Array.isArray(input) ? (input as unknown[]) : [];
  if (inputs.length === 0 || inputs.length > MOST_INPUTS)
    throw new DemoRefusal(400, `"input" must be 1 to ${MOST_INPUTS} texts.`, 'input');
  return inputs.map((one) => {
    if (typeof one === 'string' || isNumbers(one)) return one;
    throw new DemoRefusal(400, '"input" must be text, or lists of token numbers.', 'input');
  });
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number');
}

/** A unit vector, in the 32-bit floats that base64 carries. */
export function embed(text: string, dimensions: number): Float32Array {
  const sum = new Float64Array(dimensions);
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const word of ['', ...words.slice(0, MOST_WORDS)]) addWord(sum, word);
  const length = Math.hypot(...sum);
  return Float32Array.from(sum, (value) => value / length);
}

/** Adds the word's own direction: xorshift numbers, seeded with its FNV-1a hash. */
function addWord(sum: Float64Array, word: string): void {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(word)) state = Math.imul(state ^ byte, 0x01000193);
  if (state === 0) state = 1;
  // The empty word only keeps a text without words from having no direction.
  const weight = word === '' ? 0.01 : 1;
  for (let index = 0; index < sum.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    sum[index] = (sum[index] as number) + (weight * state) / 0x80000000;
  }
}
