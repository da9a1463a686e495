/** What the exit codes of `keyward` mean. Scripts rely on them: they never change their meaning. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The table of docs/reference/cli.md, complete by its type. */
export const EXIT_MEANINGS: Record<ExitCode, string> = {
  0: 'Done; for `doctor`: nothing has failed (warnings are allowed); for `ledger verify`: no counter differs, or none any more; for `audit verify`: the log is whole.',
  1: 'Failed: the server refused the request, nothing was confirmed, something is broken, counters differ from the ledger, or the audit log is not whole.',
  2: 'Wrong usage or settings; nothing was changed.',
  3: 'The server could not be reached, gave no answer in time, or is not a Keyward server.',
};

/** Ends a command. `message` is one line for people; `problem` is what `--json` prints instead, where the server sent it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: Exclude<ExitCode, 0>;
  readonly problem: unknown;
  /** More lines for people, such as one for each faulty field. */
  readonly details: readonly string[];

  constructor(
    exitCode: Exclude<ExitCode, 0>,
    message: string,
    more: { problem?: unknown; details?: readonly string[] } = {},
  ) {
    super(message);
    this.exitCode = exitCode;
    this.problem = more.problem;
    this.details = more.details ?? [];
  }
}

/** The command was not called as it should be. */
export function usageError(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}

/** `code` of the problem documents made here. */
export const PROBLEM_CODES: Record<Exclude<ExitCode, 0>, string> = { 1: 'failed', 2: 'usage', 3: 'unreachable' };

/** The problem document (RFC 9457) that programs read on stderr: the server's own where there is one. */
export function problemOf(error: CommandError): unknown {
  if (error.problem !== undefined) return error.problem;
  const detail = [error.message, ...error.details].join('\n');
  return { type: 'about:blank', title: 'The command failed', detail, code: PROBLEM_CODES[error.exitCode] };
}
