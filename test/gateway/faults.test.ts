// The store fails at the worst moment: a client never sees a whole answer that is not in the ledger, and nothing hangs.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWire, requestText, startBench, type Bench } from '../kit/gateway.ts';
import { answerChat, answerEvents, chatEvents } from '../kit/upstream.ts';
import { DatabaseSync } from 'node:sqlite';
