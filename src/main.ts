import { pino } from 'pino';
import { startApp, type App, type AppOptions } from './app.ts';
import { readConfig } from './config.ts';
import { Fault } from './core/fault.ts';

/** Starts the server from the environment, says how to use it, and stops it in order. Exit codes: 0 stopped, 1 cannot start, 2 faulty settings. */
export async function serve(
  environment: NodeJS.ProcessEnv = process.env,
  options: Pick<AppOptions, 'leaseMs'> = {},
): Promise<void> {
  const read = readConfig(environment);
  if (!read.ok) {
    for (const fault of read.faults) console.error(`keyward: ${fault}`);
    process.exit(2);
  }
  const log = pino({ level: read.config.KEYWARD_LOG_LEVEL });
  let app: App;
  try {
    app = await startApp({ config: read.config, log, ...options });
  } catch (error) {
    console.error(`keyward: ${error instanceof Fault ? error.message : String((error as Error).stack)}`);
    process.exit(1);
  }
  console.log(welcome(app));
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    console.log('keyward: stopping; calls under way may end. Press Ctrl-C again to stop at once.');
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function welcome({ url, first }: App): string {
  if (!first) return `Keyward serves on ${url}  ·  console: ${url}/  ·  documentation: ${url}/docs`;
  return `
Keyward serves on ${url}
Console: ${url}/
Documentation and API reference: ${url}/docs

The administrator signs in with e-mail and password; a management key is for the API and the command line, a first key
for models. They are shown this once; keep the keys like passwords:

  e-mail          ${first.administrator.email}
  password        ${first.administrator.password ?? '(the one in KEYWARD_ADMIN_PASSWORD)'}
  management key  ${first.managementKey}
  key             ${first.key}

Call the built-in demo model:

  curl ${url}/v1/chat/completions \\
    -H 'authorization: Bearer ${first.key}' \\
    -H 'content-type: application/json' \\
    -d '{"model": "${first.model}", "messages": [{"role": "user", "content": "Hello!"}]}'
`;
}

if (import.meta.main) await serve();
