import type { Group } from './group.ts';
import type { Prices } from './price.ts';

/**
 * How an upstream is spoken to. `openai` and `anthropic` are the wire protocols of those vendors (and of everything
 * compatible with them), `http` is any other service, `demo` is the model built into Keyward.
 */
export type ProviderKind = 'openai' | 'anthropic' | 'http' | 'demo';

/** An upstream. Its address and credential are the operator's: no tenant can set them. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly kind: ProviderKind;
  /** Absolute http(s) URL without query or fragment; empty for `demo`. Request paths are appended to it. */
  readonly baseUrl: string;
  /** Plaintext credential, in memory only; the store holds it encrypted. Null: none is sent. */
  readonly credential: string | null;
  /** Header that carries the credential; null: the protocol's own (`authorization: Bearer`, or `x-api-key`). */
  readonly credentialHeader: string | null;
  /** Most time to the first byte of an answer. */
  readonly timeoutMs: number;
  /** Most time between two parts of an answer. */
  readonly idleTimeoutMs: number;
  readonly createdAtMs: number;
}

/** A model that keys can call by `name` (which may contain `/`). `projectId` null: open to every project. */
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly accountId: string | null;
  readonly projectId: string | null;
  readonly providerId: string;
  /** What the provider calls it. */
  readonly upstreamModel: string;
  /** Null: unknown, which is not zero. */
  readonly prices: Prices | null;
  readonly maxOutputTokens: number | null;
  readonly createdAtMs: number;
}

/** A project's own name (`ep-…`) for a model, with its own upstream or settings. */
export interface Endpoint {
  readonly id: string;
  readonly accountId: string;
  readonly projectId: string;
  readonly name: string;
  readonly modelId: string;
  /** Null: the model's provider. */
  readonly providerId: string | null;
  /** Null: the model's own name at the provider. */
  readonly upstreamModel: string | null;
  /** Null: the model's. */
  readonly maxOutputTokens: number | null;
  readonly createdAtMs: number;
}

/** Any other HTTP service that keys guard; called at `/services/<name>/…` or asked about by a proxy. */
export interface Service {
  readonly id: string;
  readonly accountId: string;
  readonly projectId: string;
  readonly name: string;
  readonly description: string;
  readonly providerId: string;
  readonly createdAtMs: number;
}

/** Everything that can be called, as one consistent picture. */
export interface Catalogue {
  readonly providers: readonly Provider[];
  readonly models: readonly Model[];
  readonly endpoints: readonly Endpoint[];
  readonly services: readonly Service[];
  readonly groups: readonly Group[];
}
