import { parseArgs } from 'node:util';

/** What a run measures and how long it takes. */
export interface Options {
  /** Rows to measure; empty: all. */
  readonly only: readonly string[];
  readonly rounds: number;
  /** Length of one measurement; a round has two per row: at full load and at the fixed rate. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly keys: number;
  readonly peers: boolean;
  readonly million: boolean;
  /** `wrk` where it is or can be installed, else the generator of loadClient.ts; or either by name. */
  readonly generator: 'best' | 'wrk' | 'own';
  readonly json: string | undefined;
  readonly markdown: boolean;
  readonly write: boolean;
}

const USAGE = `npm run bench -- [options]
  --only <row,…>       measure these rows (and the floors they are compared with); names stand in the table
  --quick              one short round of each row, and 20,000 keys instead of a million
  --rounds <n>         rounds over all rows; medians are printed (default 5)
  --seconds <n>        length of one measurement (default 3); wrk knows whole seconds only
  --keys <n>           how many keys the filled store has (default 1,000,000)
  --no-peers           leave out what is installed from the npm registry for comparison
  --no-million         leave out the store with many keys
  --generator wrk|own  what makes the full load (default: wrk if there is one, or apt can install it)
  --json <file>        write every figure of every round to a file
  --markdown           print the result as it stands in docs/reference/performance.md
  --write              put it into that page`;

/** Reads the flags; prints the usage and ends the process on a faulty one. */
export function readOptions(args: readonly string[]): Options {
  try {
    return parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function parse(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      keys: { type: 'string' },
      peers: { type: 'boolean', default: true },
      million: { type: 'boolean' },
      generator: { type: 'string', default: 'best' },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const { quick, generator } = values;
  if (generator !== 'best' && generator !== 'wrk' && generator !== 'own') {
    throw new Error('--generator takes wrk or own');
  }
  const seconds = number('--seconds', values.seconds, quick ? 1 : 3, 0.1);
  const only = values.only?.split(',').map((name) => name.trim()) ?? [];
  return {
    only,
    rounds: number('--rounds', values.rounds, quick ? 1 : 5),
    seconds,
    // V8 goes on compiling for tens of thousands of requests, and does so on the core under test.
    warmUpSeconds: quick ? Math.min(1, seconds) : 8,
    connections: 64,
    ratePerSecond: 1000,
    keys: number('--keys', values.keys, quick ? 20_000 : 1_000_000),
    peers: values.peers,
    million: values.million ?? (only.length === 0 || only.includes('keys')),
    generator,
    json: values.json,
    markdown: values.markdown,
    write: values.write,
  };
}

function number(name: string, text: string | undefined, otherwise: number, step = 1): number {
  if (text === undefined) return otherwise;
  const value = Number(text.replaceAll(/[,_]/g, ''));
  if (!(value >= step)) throw new Error(`${name} takes a number from ${step} on`);
  if (step === 1 && !Number.isInteger(value)) throw new Error(`${name} takes a whole number`);
  return value;
}
