import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { Clock, NewId, Random } from '../../core/ambient.ts';
import type { Provider } from '../../core/catalogue.ts';
import type { NamedProvider } from '../../core/oidc.ts';
import type { Store } from '../../core/ports.ts';
import type { Regions } from '../../core/region.ts';
import type { SendWebhook } from '../../core/webhook.ts';
import type { Directory } from '../../service/directory.ts';
import type { Identities } from '../../service/identity.ts';
import type { Keyring } from '../../service/keyring.ts';
import type { ProviderTest } from '../../service/providers.ts';
import type { SessionLimits } from '../../service/sessions.ts';
import type { Shapes } from '../../service/shapes.ts';
import type { SystemFacts } from '../../service/system.ts';
import type { Uses } from '../../service/uses.ts';
import type { Door } from '../openapi.ts';
import type { ScannerKeys } from './foundKeys.ts';

/** What the management API needs from outside. */
export interface ManagementDeps {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly hashValue: (value: string) => string;
  readonly keyPrefix: string;
  readonly shapes: Shapes;
  readonly identities: Identities;
  /** How long people stay signed in; left out: as NIST SP 800-63B has it. */
  readonly sessionLimits?: SessionLimits;
  /** The identity provider people may sign in with; left out: none. */
  readonly oidc?: NamedProvider | null;
  /** Notes when management keys are used; left out: nobody does. */
  readonly uses?: Pick<Uses, 'note'>;
  /** Secret that confirmation tokens are signed under, by a key derived from it. */
  readonly tokenKey: Uint8Array;
  /** Under which recovery codes are hashed; left out: one derived from the token key. */
  readonly recoveryKey?: Uint8Array | undefined;
  /** The address people reach the server at, for the description; null: the one they found the description at. */
  readonly publicUrl: string | null;
  /** Left out: there are none. */
  readonly regions?: Regions;
  /** The client's canonical address; null when it cannot be told. */
  readonly clientAddress: (request: IncomingMessage) => string | null;
  readonly refuseHost: (hostname: string) => string | null;
  /** Of scanners that may report leaked keys; left out: there are none. */
  readonly scannerKeys?: ScannerKeys;
  readonly testProvider?: (provider: Provider) => Promise<ProviderTest>;
  /** Sends one message to a webhook, for tests of it; left out: none is sent. */
  readonly sendWebhook?: SendWebhook;
  /** Why a host may not be a webhook's; null when it may. Left out: none may. */
  readonly refuseWebhookHost?: (hostname: string) => string | null;
  /** What this process knows of itself, for its operator. */
  readonly system: SystemFacts;
  readonly logger: FastifyBaseLogger;
  /** The longest a body may be on its way; left out: half a minute. */
  readonly bodyWithinMs?: number;
  /** Operations served elsewhere that the API's description should include. */
  readonly doors?: readonly Door[];
  /** Folder of the Markdown pages served at /docs; left out: docs/ of this repository. */
  readonly docsDir?: string;
}
