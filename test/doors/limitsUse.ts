import { randomBytes } from 'node:crypto';
import type { Allocation } from '../../src/core/allocate.ts';
import { idMaker } from '../../src/core/id.ts';
import { NO_USAGE } from '../../src/core/usage.ts';
import type { TestManagement } from '../kit/management.ts';
import type { Tenant } from './manageSetting.ts';

const newId = idMaker(randomBytes, Date.now);

export interface Use {
  readonly tokens?: number;
  readonly costNano?: bigint;
  /** Left out: the tenant's own. */
  readonly keyId?: string;
  /** Leave the call under way. */
  readonly open?: boolean;
}

/** Makes a call as the doors do, at the store: room is reserved for it, and it is settled at what it reserved. */
export async function use(app: TestManagement, tenant: Tenant, wanted: Use = {}): Promise<Allocation & { id: string }> {
  const { tokens = 10, costNano = 1_000_000n, keyId = tenant.keyId } = wanted;
  const call = {
    id: newId('req'),
    accountId: tenant.accountId,
    projectId: tenant.projectId,
    keyId,
    route: '/v1/chat/completions',
    resourceType: null,
    resourceId: null,
    resourceName: null,
    providerId: null,
    prices: null,
    address: '192.0.2.10',
    streamed: false,
  };
  const bound = { inputTokens: tokens, outputTokens: 0, flexible: false, prices: null, costNano };
  const [reserved] = await app.store.limits.reserve([{ call, bound, nowMs: app.nowMs }]);
  if (!reserved) throw new Error('the store answered nothing');
  if (reserved.ok && !wanted.open) {
    const row = {
      ...call,
      outcome: 'answered',
      status: 200,
      usage: { ...NO_USAGE, inputTokens: tokens },
      usageSource: 'reported',
      costNano,
      chargedTokens: tokens,
      chargedCostNano: costNano,
      startedAtMs: reserved.admittedAtMs,
      firstByteMs: 1,
      durationMs: 2,
    } as const;
    await app.store.limits.settle([{ row }]);
  }
  return { ...reserved, id: call.id };
}

/** Whether the next call of the tenant's key would be admitted. */
export async function admits(app: TestManagement, tenant: Tenant, wanted: Use = {}): Promise<boolean> {
  return (await use(app, tenant, wanted)).ok;
}
