// A load generator on raw sockets. With a rate it is open-loop: requests leave on time, on whichever connection is
// free, and a request that has to wait for one is timed from when it was due, so that a stalled server cannot hide
// the requests it kept from being sent (coordinated omission). Without a rate every connection sends the next request
// when it has the answer. Usage: `node loadClient.ts '<LoadPlan as JSON>'`; prints a LoadResult.

import { connect, type Socket } from 'node:net';
import { halvesOf, keysOf, type LoadPlan, type LoadResult } from './loadPlan.ts';
import { percentile } from './statistics.ts';

interface Connection {
  readonly socket: Socket;
  startedAt: number;
  /** What has come of the answer under way, as far as its end has to be looked for. */
  pending: Buffer | undefined;
}

const TICK_MS = 1;
/** How long answers still under way at the end are waited for. */
const LAST_ANSWERS_MS = 5000;

const plan = JSON.parse(process.argv[2] ?? '{}') as LoadPlan;
const [before, after] = halvesOf(plan.call);
const keys = plan.call.keysFile === undefined ? undefined : keysOf(plan.call.keysFile);
const fixed = Buffer.from(before);
const latencies: number[] = [];
const lags: number[] = [];
const idle: Connection[] = [];
/** When requests that found no idle connection were due. */
const due: number[] = [];
let errors = 0;
let over = false;

function nextRequest(): Buffer {
  if (!keys) return fixed;
  return Buffer.from(`${before}${keys.at(Math.floor(Math.random() * keys.count))}${after}`, 'latin1');
}

function send(connection: Connection, startedAt: number): void {
  connection.startedAt = startedAt;
  connection.socket.write(nextRequest());
}

function received(connection: Connection, chunk: Buffer): void {
  const bytes = connection.pending ? Buffer.concat([connection.pending, chunk]) : chunk;
  connection.pending = bytes;
  const ended = hasEnded(bytes);
  if (!ended) return;
  connection.pending = undefined;
  const now = performance.now();
  if (bytes[9] !== 0x32) errors += 1;
  latencies.push(now - connection.startedAt);
  const waiting = due.shift();
  if (waiting !== undefined) send(connection, waiting);
  else if (plan.ratePerSecond === null && !over) send(connection, now);
  else idle.push(connection);
}

/** Whether an answer is whole: by its length, or by the last chunk. */
function hasEnded(bytes: Buffer): boolean {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return bytes.length >= headEnd + 4 + Number(length);
  return /\ntransfer-encoding: *chunked/i.test(head) ? bytes.subarray(-5).equals(LAST_CHUNK) : true;
}
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

async function open(): Promise<Connection> {
  const socket = connect(plan.port, '127.0.0.1');
  socket.setNoDelay(true);
  const connection: Connection = { socket, startedAt: 0, pending: undefined };
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('data', (chunk: Buffer) => received(connection, chunk));
  const broken = (): void => {
    if (!over) errors += 1;
  };
  socket.on('error', broken).on('close', broken);
  return connection;
}

/** Sends what is due, once a tick; answers when the time is over. */
async function onTime(ratePerSecond: number, startedAt: number): Promise<void> {
  const total = Math.round(ratePerSecond * plan.seconds);
  for (let sent = 0; sent < total;) {
    const now = performance.now();
    for (; sent < total; sent++) {
      const dueAt = startedAt + (sent * 1000) / ratePerSecond;
      if (dueAt > now) break;
      lags.push(now - dueAt);
      const connection = idle.pop();
      if (connection) send(connection, performance.now());
      else due.push(dueAt);
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
}

const connections = await Promise.all(Array.from({ length: plan.connections }, open));
const startedAt = performance.now();
if (plan.ratePerSecond === null) {
  for (const connection of connections) send(connection, performance.now());
  await new Promise((resolve) => setTimeout(resolve, plan.seconds * 1000));
} else {
  idle.push(...connections);
  await onTime(plan.ratePerSecond, startedAt);
}
const seconds = (performance.now() - startedAt) / 1000;
const requests = latencies.length;
over = plan.ratePerSecond === null;
for (let waited = 0; idle.length < connections.length && waited < LAST_ANSWERS_MS; waited += 10) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
errors += connections.length - idle.length;
over = true;
for (const { socket } of connections) socket.destroy();

const sorted = Float64Array.from(latencies).toSorted();
const us = (ms: number): number => Math.round(ms * 1000);
const result: LoadResult = {
  requests,
  seconds,
  errors,
  p50Us: us(percentile(sorted, 0.5)),
  p99Us: us(percentile(sorted, 0.99)),
  maxUs: us(sorted.at(-1) ?? Number.NaN),
  lagP99Us: plan.ratePerSecond === null ? null : us(percentile(Float64Array.from(lags).toSorted(), 0.99)),
};
console.log(JSON.stringify(result));
