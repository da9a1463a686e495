import type { Place } from '../core/caller.ts';
import { Fault, type FieldError } from '../core/fault.ts';
import type { Key, KeyChange } from '../core/key.ts';
import { NO_RULES, RULED_FIELDS, ruleErrors, stricter, type RuledField } from '../core/keyRules.ts';
import type { PolicyStore } from '../core/policy.ts';

/** Holds keys to what their account and project ask of them. Keys that break it since are left alone: hygiene lists them. */
export interface RuleCheck {
  making(key: Key): Promise<FieldError[]>;
  /**
   * What a change would leave broken in the fields it names; the others may be as they are. A key that is enabled must
   * break nothing: throws Fault `conflict` otherwise.
   */
  changing(key: Key, change: KeyChange): Promise<FieldError[]>;
}

export function createRuleCheck({ policies }: { policies: Pick<PolicyStore, 'ofAccount' | 'ofProject'> }): RuleCheck {
  async function errors(key: Key & Place, fields?: readonly RuledField[]): Promise<FieldError[]> {
    const [account, project] = await Promise.all([
      policies.ofAccount(key.accountId),
      key.projectId === null ? undefined : policies.ofProject(key.projectId),
    ]);
    return ruleErrors(key, stricter(account ?? NO_RULES, project ?? NO_RULES), project?.ipAllow ?? [], fields);
  }

  return {
    making: (key) => errors(key),
    async changing(key, change) {
      const after: Key = { ...key, ...change };
      if (change.status === 'active' && key.status !== 'active') {
        const broken = await errors(after);
        if (broken.length > 0) throw new Fault('conflict', cannotEnable(broken), { errors: broken });
      }
      const named = RULED_FIELDS.filter((field) => change[field] !== undefined);
      return named.length > 0 ? errors(after, named) : [];
    },
  };
}

function cannotEnable(broken: readonly FieldError[]): string {
  const details = broken.map(({ detail }) => detail).join(' ');
  return `This key breaks what is asked of keys here, so it stays disabled. Change it first. ${details}`;
}
