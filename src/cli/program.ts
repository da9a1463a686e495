import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { SETTINGS } from '../config.ts';
import type { Context } from './context.ts';
import { addAudit } from './audit.ts';
import { addDoctor } from './doctor.ts';
import { CommandError, EXIT, problemOf, usageError, type ExitCode } from './exit.ts';
import { addKeys } from './keys.ts';
import { addLedger } from './ledger.ts';
import { addSecret } from './secret.ts';

/** Runs the `keyward` command and answers its exit code. Everything printed goes to the terminal of the context. */
export async function run(argv: readonly string[], context: Context): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end the parser this way too.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const failure = error instanceof CommanderError ? wrongUsage(error) : error;
    if (!(failure instanceof CommandError)) throw error;
    report(failure, context, argv.includes('--json'));
    return failure.exitCode;
  }
}

/** The commands and their options; docs/reference/cli.md is made of it. `leave` is told another exit code than 0. */
export function createProgram(context: Context, leave: (code: ExitCode) => void): Command {
  const { terminal } = context;
  const program = new Command('keyward')
    .description('Issues, scopes, limits, meters and revokes API keys for model services, and enforces them.')
    .version(context.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help for a command')
    .helpCommand('help [command]', 'print help for a command')
    .option('--url <address>', 'the server to talk to (default: KEYWARD_URL, else http://127.0.0.1:8080)', webAddress)
    .option(
      '--key-file <path>',
      'file with the management key; - for stdin (default: KEYWARD_MANAGEMENT_KEY, else KEYWARD_ROOT_KEY)',
    )
    .option('--json', 'for programs: the API’s JSON on stdout, problem documents on stderr')
    .configureHelp({ showGlobalOptions: true, helpWidth: terminal.columns })
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: () => undefined,
    })
    .exitOverride();
  program
    .command('serve')
    .description('Start the server, with its settings from the environment.')
    .action(() => context.serve({ ...context.environment }));
  addKeys(program, context);
  addLedger(program, context, leave);
  addAudit(program, context, leave);
  addDoctor(program, context, leave);
  addSecret(program, context);
  return program;
}

function webAddress(text: string): string {
  try {
    return SETTINGS.KEYWARD_URL.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It ${(error as Error).message}.`);
  }
}

/** The parser's messages may have a second line with a suggestion. */
function wrongUsage({ code, message }: CommanderError): CommandError {
  if (code === 'commander.help') return usageError('Say which command: the list is above.');
  return usageError(message.replace(/^error: /, '').replaceAll('\n', ' '));
}

function report(failure: CommandError, { terminal }: Context, json: boolean): void {
  if (json) return terminal.err(JSON.stringify(problemOf(failure)));
  terminal.err(`keyward: ${failure.message}`);
  for (const line of failure.details) terminal.err(`  ${line}`);
  return undefined;
}
