import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import { fieldsOf, type Showing, type Snapshot } from '../core/auditDifference.ts';
import type { Endpoint, Model, Provider, Service } from '../core/catalogue.ts';
import type { Group } from '../core/group.ts';
import { ID_AND_PLACE, PLATFORM, seen } from './auditShowing.ts';

/* What the audit log keeps of the catalogue: as in auditShowing.ts, a list of what is shown. */

const PROVIDER: Showing<Provider> = {
  id: 'hidden',
  createdAtMs: 'hidden',
  name: 'shown',
  kind: 'shown',
  baseUrl: 'shown',
  credential: 'set',
  credentialHeader: 'shown',
  timeoutMs: 'shown',
  idleTimeoutMs: 'shown',
};

const MODEL: Showing<Model> = {
  ...ID_AND_PLACE,
  name: 'shown',
  providerId: 'shown',
  upstreamModel: 'shown',
  prices: 'shown',
  maxOutputTokens: 'shown',
};

const ENDPOINT: Showing<Endpoint> = {
  ...ID_AND_PLACE,
  name: 'shown',
  modelId: 'shown',
  providerId: 'shown',
  upstreamModel: 'shown',
  maxOutputTokens: 'shown',
};

const SERVICE: Showing<Service> = { ...ID_AND_PLACE, name: 'shown', description: 'shown', providerId: 'shown' };

const GROUP: Showing<Group> = {
  id: 'hidden',
  createdAtMs: 'hidden',
  name: 'shown',
  description: 'shown',
  opens: 'shown',
  openTo: 'shown',
  priceMultiplierNano: 'shown',
};

export function providerSeen(provider: Provider): Snapshot {
  return seen('provider', provider, PLATFORM, fieldsOf(provider, PROVIDER));
}

export function modelSeen(model: Model): Snapshot {
  const { accountId, projectId } = model;
  return seen('model', model, { accountId: accountId ?? PLATFORM_ACCOUNT_ID, projectId }, fieldsOf(model, MODEL));
}

export function endpointSeen(endpoint: Endpoint): Snapshot {
  const { accountId, projectId } = endpoint;
  return seen('endpoint', endpoint, { accountId, projectId }, fieldsOf(endpoint, ENDPOINT));
}

export function serviceSeen(service: Service): Snapshot {
  const { accountId, projectId } = service;
  return seen('service', service, { accountId, projectId }, fieldsOf(service, SERVICE));
}

export function groupSeen(group: Group): Snapshot {
  return seen('group', group, PLATFORM, fieldsOf(group, GROUP));
}
