#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import manifest from '../package.json' with { type: 'json' };
import { DEFAULT_COLUMNS, showsColour, type Terminal } from './cli/context.ts';
import { run } from './cli/program.ts';

const { stdin, stdout, stderr, env } = process;

const terminal: Terminal = {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  columns: Math.max(DEFAULT_COLUMNS, stdout.isTTY ? stdout.columns : 0),
  colour: showsColour(env, stdout.isTTY),
  // The question is asked on stderr, and its answer read from stdin.
  interactive: stdin.isTTY && stderr.isTTY,
  async ask(question) {
    const lines = createInterface({ input: stdin, output: stderr });
    const closed = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
    const answer = await Promise.race([lines.question(question), closed]);
    lines.close();
    return answer;
  },
  readInput: () => text(stdin),
};

// A reader that has seen enough (`keyward keys list | head -1`) is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Not process.exit: what is written to a pipe would be cut off, and `serve` goes on.
process.exitCode = await run(process.argv.slice(2), {
  environment: env,
  terminal,
  clock: Date.now,
  version: manifest.version,
  nodeVersion: process.versions.node,
  // Loaded when asked for: the other commands need not wait for a whole server.
  serve: async (environment) => (await import('./main.ts')).serve(environment),
});
