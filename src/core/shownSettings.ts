import type { Region } from './region.ts';
import type { ShownSetting } from './system.ts';

/** What a setting's text can become. Those that do not become text again by themselves keep theirs. */
type Value = string | number | boolean | null | { readonly text: string } | readonly (string | Region)[];

interface Setting {
  readonly default: string;
  readonly doc: string;
  readonly secret?: boolean;
  readonly parse: (text: string) => Value;
}

/** The settings of the server as they are in force, without what is secret in them. */
export function shownSettings<Name extends string>(
  settings: Readonly<Record<Name, Setting>>,
  inForce: Readonly<Record<Name, Value>>,
): ShownSetting[] {
  return (Object.keys(settings) as Name[])
    .filter((name) => !/^(Command line|Applications) only/.test(settings[name].doc))
    .map((name) => {
      const { parse, doc, default: normal, secret = false } = settings[name];
      const text = textOf(inForce[name]);
      return { name, value: secret ? null : text, isSet: text !== '', isDefault: text === textOf(parse(normal)), doc };
    });
}

/** What would be written in the environment. */
function textOf(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object') return String(value);
  if ('text' in value) return value.text;
  return value.map((one) => (typeof one === 'string' ? one : `${one.id}=${one.baseUrl}`)).join(', ');
}
