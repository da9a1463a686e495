import type { CountName, Envelope, Member } from './envelope.ts';

/** What the gateway may change in a request. Absent members are left as the client wrote them. */
export interface Changes {
  readonly model?: string | undefined;
  /** Ask the upstream for usage in a stream; the client's other stream options stay. */
  readonly includeUsage?: true | undefined;
  readonly counts?: { readonly [N in CountName]?: number | undefined } | undefined;
}

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The body with `changes` spliced in: members that are there are replaced on their own bytes, absent ones are put
 * first, all other bytes stay. The body itself is returned when nothing changes.
 */
export function rewrite(body: Buffer, envelope: Envelope, changes: Changes): Buffer {
  const splices: Splice[] = [];
  const inserts: string[] = [];
  const set = (name: string, member: Member<unknown> | undefined, value: string | number): void => {
    if (member === undefined) inserts.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
    else if (member.value !== value)
      splices.push({ start: member.start, end: member.end, text: JSON.stringify(value) });
  };
  if (changes.model !== undefined) set('model', envelope.members.model, changes.model);
  for (const [name, value] of Object.entries(changes.counts ?? {})) {
    if (value !== undefined) set(name, envelope.members[name as CountName], value);
  }
  if (changes.includeUsage === true) includeUsage(envelope, splices, inserts);
  if (inserts.length > 0) {
    splices.push({
      start: envelope.insertAt,
      end: envelope.insertAt,
      text: inserts.join(',') + (envelope.empty ? '' : ','),
    });
  }
  return splices.length === 0 ? body : splice(body, splices);
}

/** Whether the client itself asked for usage in its stream: then it also gets the chunk that carries it. */
export function asksForUsage(envelope: Envelope): boolean {
  return envelope.members.stream_options?.value?.includeUsage?.value === true;
}

function includeUsage(envelope: Envelope, splices: Splice[], inserts: string[]): void {
  const member = envelope.members.stream_options;
  const options = member?.value;
  if (member === undefined) inserts.push('"stream_options":{"include_usage":true}');
  else if (options === null || options === undefined)
    splices.push({ start: member.start, end: member.end, text: '{"include_usage":true}' });
  else if (options.includeUsage === null) {
    splices.push({
      start: options.insertAt,
      end: options.insertAt,
      text: `"include_usage":true${options.empty ? '' : ','}`,
    });
  } else if (options.includeUsage.value !== true) {
    splices.push({ start: options.includeUsage.start, end: options.includeUsage.end, text: 'true' });
  }
}

function splice(body: Buffer, splices: readonly Splice[]): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, text } of splices.toSorted((a, b) => a.start - b.start)) {
    parts.push(body.subarray(at, start), Buffer.from(text));
    at = end;
  }
  parts.push(body.subarray(at));
  return Buffer.concat(parts);
}
