import { readUsageView, type UsageView } from '../usage/usageView.ts';

/** What requests or refusals are narrowed by; all of it stands in the address. */
export interface RequestsView extends Pick<UsageView, 'days' | 'from' | 'to' | 'keyId'> {
  readonly show?: 'refusals' | undefined;
  readonly status?: number | undefined;
  /** A model, an endpoint or a service, by the name it was called by. */
  readonly model?: string | undefined;
  readonly address?: string | undefined;
  /** Why it was refused. */
  readonly code?: string | undefined;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readRequestsView(given: Record<string, unknown>): RequestsView {
  const { show, status, model, address, code } = given;
  const { days, from, to, keyId } = readUsageView(given);
  return {
    ...(days !== undefined && { days }),
    ...(from !== undefined && { from, to }),
    ...(keyId !== undefined && { keyId }),
    ...(show === 'refusals' && { show }),
    ...(isStatus(status) && { status }),
    ...((typeof model === 'string' || typeof model === 'number') && { model: String(model) }),
    ...(typeof address === 'string' && { address }),
    ...(typeof code === 'string' && { code }),
  };
}

function isStatus(given: unknown): given is number {
  return typeof given === 'number' && Number.isInteger(given) && given >= 100 && given <= 599;
}
