// A server as `node src/main.ts` starts it, but whose calls are found soon after it died: `node crashNode.ts <leaseMs>`.

import { serve } from '../../src/main.ts';

await serve(process.env, { leaseMs: Number(process.argv[2]) });
