import { expect, test } from 'vitest';
import { createPulse } from './pulse.ts';
import { createStopwatch } from './stopwatch.ts';

function startPulse() {
  let nowMs = 1_000_000;
  const clock = () => nowMs;
  const pulse = createPulse(clock, createStopwatch(clock, clock));
  const after = (ms: number) => {
    nowMs += ms;
    pulse.beat();
  };
  pulse.beat();
  return { pulse, after, pass: (ms: number) => (nowMs += ms) };
}

test('the longest gap between two beats is told, and when it ended', () => {
  const { pulse, after } = startPulse();
  expect(pulse.worst()).toBeNull();
  for (const ms of [250, 251, 900, 250]) after(ms);
  expect(pulse.worst()).toEqual({ gapMs: 900, atMs: 1_001_401 });
  after(120_000);
  expect(pulse.worst()).toMatchObject({ gapMs: 120_000 });
});

test('a gap of more than an hour ago is forgotten', () => {
  const { pulse, after, pass } = startPulse();
  after(5000);
  for (let at = 0; at < 60 * 60; at += 1) after(1000);
  expect(pulse.worst()).toMatchObject({ gapMs: 1000 });
  pass(3_600_001);
  expect(pulse.worst()).toBeNull();
});
