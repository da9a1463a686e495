import { AUDIT_RULES } from './auditRules.ts';
import type { Nouns } from './auditView.ts';
import type { createTrail } from './trail.ts';

/** The parts of the store, with the changes that leave rows in the audit log. A new part is added here and to the rules. */
export function auditedNouns({ audited }: Pick<ReturnType<typeof createTrail>, 'audited'>, plain: Nouns): Nouns {
  const { catalogue } = plain;
  return {
    ...plain,
    keys: audited(AUDIT_RULES.keys, ({ keys }) => keys, plain.keys),
    secrets: audited(AUDIT_RULES.secrets, ({ secrets }) => secrets, plain.secrets),
    accounts: audited(AUDIT_RULES.accounts, ({ accounts }) => accounts, plain.accounts),
    projects: audited(AUDIT_RULES.projects, ({ projects }) => projects, plain.projects),
    policies: audited(AUDIT_RULES.policies, ({ policies }) => policies, plain.policies),
    clusterUsers: audited(AUDIT_RULES.clusterUsers, (nouns) => nouns.clusterUsers, plain.clusterUsers),
    limits: audited(AUDIT_RULES.limits, ({ limits }) => limits, plain.limits),
    webhooks: audited(AUDIT_RULES.webhooks, ({ webhooks }) => webhooks, plain.webhooks),
    people: audited(AUDIT_RULES.people, ({ people }) => people, plain.people),
    authRows: audited(AUDIT_RULES.authRows, ({ authRows }) => authRows, plain.authRows),
    members: audited(AUDIT_RULES.members, ({ members }) => members, plain.members),
    leaks: audited(AUDIT_RULES.leaks, ({ leaks }) => leaks, plain.leaks),
    quotas: audited(AUDIT_RULES.quotas, ({ quotas }) => quotas, plain.quotas),
    invitations: audited(AUDIT_RULES.invitations, ({ invitations }) => invitations, plain.invitations),
    passwordResets: audited(AUDIT_RULES.passwordResets, (nouns) => nouns.passwordResets, plain.passwordResets),
    catalogue: {
      read: () => catalogue.read(),
      providers: audited(AUDIT_RULES.providers, (nouns) => nouns.catalogue.providers, catalogue.providers),
      models: audited(AUDIT_RULES.models, (nouns) => nouns.catalogue.models, catalogue.models),
      endpoints: audited(AUDIT_RULES.endpoints, (nouns) => nouns.catalogue.endpoints, catalogue.endpoints),
      services: audited(AUDIT_RULES.services, (nouns) => nouns.catalogue.services, catalogue.services),
      groups: audited(AUDIT_RULES.groups, (nouns) => nouns.catalogue.groups, catalogue.groups),
    },
  };
}
