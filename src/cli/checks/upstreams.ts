import { providerOut, providerTestOut } from '../../http/manage/schema/providers.ts';
import { listOf } from '../../http/manage/schema/fields.ts';
import type { SendUpstream } from '../../core/exchange.ts';
import type { Store } from '../../core/ports.ts';
import { createForward } from '../../upstream/forward.ts';
import { createProviderTest } from '../../upstream/providerCheck.ts';
import { createSend } from '../../upstream/send.ts';
import { parsed, type Api } from '../api.ts';
import { printable } from '../width.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

interface Tested {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const providerList = listOf(providerOut, 'Providers.');

/** Through a running server: from where it is, with the addresses and credentials it has. */
export async function checkProvidersByApi(api: Api): Promise<Finding[]> {
  const tested: Promise<Tested>[] = [];
  let cursor: string | undefined;
  do {
    const page = parsed(providerList, await api.call({ path: '/providers', query: { limit: 200, cursor } }));
    for (const { id, name } of page.data) {
      const answer = api.call({ method: 'POST', path: `/providers/${id}/test` });
      tested.push(answer.then((one) => ({ name, ...parsed(providerTestOut, one) })));
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return findings(await Promise.all(tested));
}

/** From this process, when no server runs. */
export async function checkProvidersDirectly(store: Store, allowMetadata: boolean): Promise<Finding[]> {
  const { providers } = await store.catalogue.read();
  const forward = createForward({ allowMetadata });
  const demo: SendUpstream = () => {
    throw new Error('the demo model is tested without a call');
  };
  try {
    const test = createProviderTest({ send: createSend({ forward: forward.send, demo }) });
    return findings(await Promise.all(providers.map(async (one) => ({ name: one.name, ...(await test(one)) }))));
  } finally {
    await forward.close();
  }
}

function findings(tested: readonly Tested[]): Finding[] {
  if (tested.length === 0)
    return [warning('providers', 'There are none, so no model can be called.', 'Add one: POST /api/v1/providers.')];
  return tested.map((one) => {
    const check = `provider ${printable(one.name)}`;
    const detail = printable(one.detail);
    return one.ok
      ? ok(check, detail)
      : failed(
          check,
          detail,
          'Check its address and credential (PATCH /api/v1/providers/{id}), and this machine’s way to it.',
        );
  });
}
