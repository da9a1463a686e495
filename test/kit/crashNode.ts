// A server as `node src/main.ts` starts it, all loaded and waiting for a word on its standard input before it touches
// anything: `node crashNode.ts [leaseMs]`. With a lease, calls under way are found so soon after it died. When the input
// ends, whoever started it is gone, in whatever way, and it goes too.

import { once } from 'node:events';
import { serve } from '../../src/main.ts';

process.stdin.once('end', () => {
  throw new Error('Whoever started this server is gone.');
});
await once(process.stdin, 'data');

const [lease] = process.argv.slice(2);
await serve(process.env, lease === undefined ? {} : { leaseMs: Number(lease) });
