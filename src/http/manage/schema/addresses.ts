import { z } from 'zod';
import { parseAddressList } from '../../../core/network.ts';

/** Addresses and networks in requests, read into canonical form; every faulty entry is named. */
export function addressList(description: string) {
  return z
    .array(z.string().max(100))
    .meta({ description, examples: [['203.0.113.7', '10.0.0.0/24', '2001:db8::/32']] })
    .transform((entries, context) => {
      const list = parseAddressList(entries, '');
      if (list.ok) return list.entries;
      for (const { pointer, detail } of list.errors)
        context.addIssue({ code: 'custom', message: detail, path: pathOf(pointer) });
      return z.NEVER;
    });
}

/** `/resources/0` as the path of an issue. */
export function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
