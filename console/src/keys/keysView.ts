import type { Query } from '../api/types.ts';

const STATES = ['active', 'disabled', 'expired'] as const;
const CLASSES = ['standard', 'temporary', 'management'] as const;
/** What a list can be narrowed to that is found of keys as they stand (src/core/hygiene). */
export const STANDING = ['withoutLimit', 'withoutExpiry', 'wideOpen', 'orphaned', 'againstRules'] as const;

/** What the list is narrowed by. */
export interface Filters {
  readonly search?: string | undefined;
  readonly state?: (typeof STATES)[number] | undefined;
  readonly class?: (typeof CLASSES)[number] | undefined;
  readonly finding?: (typeof STANDING)[number] | undefined;
  readonly environment?: string | undefined;
  readonly groupId?: string | undefined;
  readonly limitTemplateId?: string | undefined;
  readonly region?: string | undefined;
  readonly createdBy?: string | undefined;
  readonly mine?: boolean | undefined;
  readonly unusedForDays?: number | undefined;
  readonly olderThanDays?: number | undefined;
}

/** All that the address of the list says; `create`: the dialog is open. */
export interface KeysView extends Filters {
  readonly create?: boolean | undefined;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readKeysView(given: Record<string, unknown>): KeysView {
  const { search, mine, create } = given;
  const state = STATES.find((one) => one === given['state']);
  const keyClass = CLASSES.find((one) => one === given['class']);
  const finding = STANDING.find((one) => one === given['finding']);
  const texts = (['environment', 'groupId', 'limitTemplateId', 'region', 'createdBy'] as const).filter(
    (name) => typeof given[name] === 'string' && given[name] !== '',
  );
  const days = (['unusedForDays', 'olderThanDays'] as const).filter((name) => isDays(given[name]));
  return {
    ...(typeof search === 'string' || typeof search === 'number' ? { search: String(search) } : {}),
    ...(state && { state }),
    ...(keyClass && { class: keyClass }),
    ...(finding && { finding }),
    ...Object.fromEntries([...texts, ...days].map((name) => [name, given[name]])),
    ...(mine === true && { mine }),
    ...(create === true && { create }),
  };
}

/** As the API asks for it. */
export function toQuery({ finding, ...filters }: Filters): Query {
  return { ...filters, ...(finding !== undefined && { [finding]: true }) };
}

function isDays(given: unknown): given is number {
  return typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= 36_500;
}
