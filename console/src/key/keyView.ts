/** The sections of a key's page, in the order they are shown. */
export const KEY_TABS = ['overview', 'limits', 'secrets', 'test', 'temporary', 'requests', 'audit'] as const;
export type KeyTab = (typeof KEY_TABS)[number];

/** What the page of a key shows; all of it stands in the address. */
export interface KeyView {
  readonly tab?: KeyTab;
  /** It is to be changed at once: where a list says what is wrong with it. */
  readonly edit?: true;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readKeyView({ tab, edit }: Record<string, unknown>): KeyView {
  const known = KEY_TABS.find((one) => one === tab);
  return { ...(known && { tab: known }), ...(edit === true && { edit }) };
}
