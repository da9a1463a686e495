import { describe, expect, test } from 'vitest';
import { embed } from './demoEmbeddings.ts';
import { ask, MODEL, openai } from '../../../test/kit/demo.ts';

describe('embeddings', () => {
  test('are unit vectors, the same as floats and as base64, close for like texts', async () => {
    const input = ['The cat sat on the mat', 'A cat sat on a mat', 'Quarterly tax report', ''];
    const floats = await openai.embeddings.create({ model: MODEL, input, encoding_format: 'float', dimensions: 64 });
    const packed = await openai.embeddings.create({ model: MODEL, input, dimensions: 64 });
    expect(floats.data.map(({ embedding }) => embedding)).toEqual(packed.data.map(({ embedding }) => embedding));
    const dot = (a: number, b: number): number =>
      floats.data[a]!.embedding.reduce((sum, value, index) => sum + value * floats.data[b]!.embedding[index]!, 0);
    for (let index = 0; index < 4; index += 1) expect(dot(index, index)).toBeCloseTo(1, 5);
    expect(dot(0, 1)).toBeGreaterThan(dot(0, 2) + 0.2);
    expect(floats.usage).toEqual(packed.usage);
    expect((await openai.embeddings.create({ model: MODEL, input: [[1, 2, 3], [4]] })).usage.prompt_tokens).toBe(4);
  });

  test('do not depend on chance', () => {
    expect([...embed('cat', 4)].map((value) => value.toFixed(6))).toEqual(
      [...embed('CAT', 4)].map((value) => value.toFixed(6)),
    );
  });

  test('that would keep the gateway busy are refused', () => {
    for (const body of [
      { input: [] },
      { input: 5 },
      { input: ['a', 5] },
      { input: 'a', dimensions: 5000 },
      { input: Array.from({ length: 2048 }, () => 'a'), dimensions: 4096 },
    ]) {
      expect(ask('/embeddings', { model: MODEL, ...body }).status).toBe(400);
    }
  });
});
