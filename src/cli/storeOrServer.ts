import type { Config } from '../config.ts';
import type { Store } from '../core/ports.ts';
import { createApi, type Api } from './api.ts';
import { withoutSecrets } from './checks/finding.ts';
import { serverAddress } from './checks/server.ts';
import { connect, managementKey, settingsOf } from './connection.ts';
import type { Context, GlobalOptions } from './context.ts';
import { CommandError, EXIT, usageError } from './exit.ts';

/** Asks the server where one is named or holds the store; otherwise opens the store itself. */
export async function askStoreOrServer<T>(
  context: Context,
  options: GlobalOptions,
  ask: {
    /** `knowsSecret`: the settings hold the secret the store was made with. */
    readonly store: (store: Store, knowsSecret: boolean) => Promise<T>;
    readonly server: (api: Api) => Promise<T>;
  },
): Promise<T> {
  if (options.url !== undefined || context.environment['KEYWARD_URL'] !== undefined)
    return ask.server(await connect(context, options));
  const config = settingsOf(context);
  // Loaded here, so that the other commands need not wait for database drivers.
  const { openForChecks } = await import('./checks/store.ts');
  const opened = await openForChecks(config);
  if (opened.state === 'open') {
    try {
      return await ask.store(opened.store, opened.secrets !== undefined);
    } finally {
      await opened.store.close();
    }
  }
  if (opened.state === 'failed' || opened.state === 'behind') {
    const [first = '', ...details] = opened.findings
      .filter(({ outcome }) => outcome === 'failed' || outcome === 'warning')
      .map(({ detail }) => withoutSecrets(detail, context.environment));
    throw new CommandError(EXIT.failed, first, { details });
  }
  return ask.server(await localServer(context, options, config, opened.state));
}

async function localServer(
  context: Context,
  options: GlobalOptions,
  config: Config,
  state: 'held' | 'none',
): Promise<Api> {
  const key = await managementKey(context, options, config);
  if (key === null) {
    throw usageError(
      state === 'held'
        ? 'A running server holds the store, and it answers an operator’s key only. Set KEYWARD_MANAGEMENT_KEY, or give --key-file.'
        : 'There is no store here. Run this with the settings of the server, or name it with --url and give a key.',
    );
  }
  return createApi({ baseUrl: serverAddress(config, undefined, false), key, version: context.version });
}
