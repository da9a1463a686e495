import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { createApi } from './api.ts';
import { failed, skipped, withoutSecrets, type Finding } from './checks/finding.ts';
import { checkClock, checkDataFolder, checkNode } from './checks/machine.ts';
import { checkServer, serverAddress } from './checks/server.ts';
import { checkProxies, checkSettings } from './checks/settings.ts';
import { managementKey } from './connection.ts';
import type { Context, GlobalOptions } from './context.ts';
import { CommandError, EXIT, type ExitCode } from './exit.ts';
import { paint, type Colour } from './table.ts';
import { padTo, printable } from './width.ts';

interface DoctorOptions extends GlobalOptions {
  readonly deep?: true;
}

/** `keyward doctor`: looks at an installation from where it runs, one line for each thing looked at. */
export function addDoctor(program: Command, context: Context, leave: (code: ExitCode) => void): void {
  const { terminal, environment } = context;
  program
    .command('doctor')
    .description('Check settings, data folder, store, secret, proxies, providers and clock of this installation.')
    .option('--deep', 'also read every page of the SQLite file; takes a while on a big one')
    .action(async (_options: DoctorOptions, command: Command) => {
      const options = command.optsWithGlobals<DoctorOptions>();
      const found: Finding[] = [];
      for await (const finding of findings(context, options)) {
        const detail = withoutSecrets(printable(finding.detail), environment);
        const clean =
          finding.fix === undefined
            ? { ...finding, detail }
            : { ...finding, detail, fix: withoutSecrets(printable(finding.fix), environment) };
        found.push(clean);
        if (!options.json) for (const line of lines(clean, terminal.colour)) terminal.out(line);
      }
      const failures = found.filter(({ outcome }) => outcome === 'failed');
      const warnings = found.filter(({ outcome }) => outcome === 'warning');
      if (options.json) terminal.out(JSON.stringify({ ok: failures.length === 0, findings: found }));
      else terminal.out(`\n${count(failures.length, 'failure')}, ${count(warnings.length, 'warning')}.`);
      if (failures.length > 0) leave(failures.some(({ check }) => check === 'settings') ? EXIT.usage : EXIT.failed);
    });
}

/** In the order in which one thing needs the other. */
async function* findings(context: Context, options: DoctorOptions): AsyncGenerator<Finding> {
  const { environment, clock } = context;
  yield checkNode(context.nodeVersion);
  const { findings: settings, config } = checkSettings(environment);
  yield* settings;
  if (!config) {
    yield skipped('the rest', 'It depends on the settings.');
    return;
  }
  if (config.DATABASE_URL === null || config.KEYWARD_SECRET === null) yield* checkDataFolder(config.KEYWARD_DATA_DIR);
  yield checkProxies(config, environment);
  // Loaded here, so that the other commands need not wait for database drivers.
  const { checkClockAgainst, checkDeep, openForChecks } = await import('./checks/store.ts');
  const opened = await openForChecks(config);
  yield* opened.findings;
  let late: Finding | undefined;
  if (opened.state === 'held') yield* heldStore(context, options, config);
  if (opened.state === 'behind') yield skipped('providers', 'They are tested once the store has been migrated.');
  if (opened.state === 'open') {
    const { store, secrets } = opened;
    try {
      late = await checkClockAgainst(store, clock());
      if (secrets)
        yield* await (
          await import('./checks/upstreams.ts')
        ).checkProvidersDirectly(store, config.KEYWARD_ALLOW_METADATA_ADDRESSES);
      else yield skipped('providers', 'Their credentials cannot be read without the right server secret.');
    } finally {
      await store.close();
    }
  }
  if (options.deep) yield checkDeep(config);
  yield late ?? checkClock(clock());
}

async function* heldStore(context: Context, options: DoctorOptions, config: Config): AsyncGenerator<Finding> {
  const baseUrl = serverAddress(config, options.url, context.environment['KEYWARD_URL'] !== undefined);
  const answers = await checkServer(baseUrl, context.clock());
  yield* answers;
  if (answers.some(({ outcome }) => outcome === 'failed')) return;
  const key = await managementKey(context, options, config);
  if (key === null) {
    yield skipped(
      'providers',
      'The running server tests them for an operator’s key: set KEYWARD_MANAGEMENT_KEY, or give --key-file.',
    );
    return;
  }
  const { checkProvidersByApi } = await import('./checks/upstreams.ts');
  try {
    yield* await checkProvidersByApi(createApi({ baseUrl, key, version: context.version }));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    yield failed(
      'providers',
      `The running server did not test them: ${error.message}`,
      'Use an operator’s management key of this server.',
    );
  }
}

const COLOURS: Record<Finding['outcome'], Colour> = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' };

function lines({ check, outcome, detail, fix }: Finding, colour: boolean): string[] {
  const mark = paint(padTo(outcome, 7), colour ? COLOURS[outcome] : undefined);
  return [`${mark}  ${padTo(check, 15)}  ${detail}`, ...(fix === undefined ? [] : [`${' '.repeat(26)}-> ${fix}`])];
}

function count(number: number, noun: string): string {
  return `${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`;
}
