import { expect, test } from 'vitest';
import { isEventStream } from './exchange.ts';

test.each(['text/event-stream', 'Text/Event-Stream; charset=utf-8', 'text/event-stream;charset=utf-8'])(
  '%j is passed on event by event',
  (type) => {
    expect(isEventStream({ 'content-type': type })).toBe(true);
  },
);

test.each([
  undefined,
  '',
  'application/json',
  'text/plain; x=text/event-stream',
  'text/event-streams',
  ['text/event-stream'],
])('%j is not taken for a stream of events', (type) => {
  expect(isEventStream({ 'content-type': type })).toBe(false);
  expect(isEventStream({})).toBe(false);
});
