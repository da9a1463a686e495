import type { Clock } from '../core/ambient.ts';

/** Where a command writes and whom it may ask. src/cli.ts gives the real one, tests give theirs. */
export interface Terminal {
  /** Writes a line for people, or an answer for programs. */
  out(text: string): void;
  /** Writes a line about what went wrong. */
  err(text: string): void;
  /** Width to lay tables out for. */
  readonly columns: number;
  /** Whether stdout shows colours. */
  readonly colour: boolean;
  /** Whether somebody is there to answer a question. */
  readonly interactive: boolean;
  /** Null when the question was left unanswered. */
  ask(question: string): Promise<string | null>;
  /** All of stdin, for `--key-file -`. */
  readInput(): Promise<string>;
}

/** All that the commands take from the machine. */
export interface Context {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Version of Keyward. */
  readonly version: string;
  /** Version of the Node that runs it, without `v`. */
  readonly nodeVersion: string;
  /** Starts the server; returns once it serves. */
  readonly serve: (environment: NodeJS.ProcessEnv) => Promise<void>;
}

/** The options that every command takes. */
export interface GlobalOptions {
  readonly url?: string;
  readonly keyFile?: string;
  readonly json?: true;
}

/** Width of tables where no terminal says its own. */
export const DEFAULT_COLUMNS = 80;

/** Colours are for terminals, and not for those who asked for none (no-color.org) or cannot show them. */
export function showsColour(environment: Context['environment'], isTerminal: boolean): boolean {
  return isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}
