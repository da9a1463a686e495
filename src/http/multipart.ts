/**
 * The `model` field of a multipart/form-data body (RFC 7578; audio transcriptions, image edits), read without touching
 * the files in it. As with JSON, what we read must be what the upstream reads: whatever two parsers could see
 * differently (a boundary inside a part, a name twice, in another case, with escapes or as `name*`) is refused.
 */
import { Fault } from '../core/fault.ts';
import { type Member, checkName, foldsTo } from './envelope.ts';

const MAX_PARTS = 1000;
const MAX_HEADER_BYTES = 16 * 1024;
const FIELD = 'model';

/** The value of the `model` field; null when there is none. Throws `invalid_request` or `unsupported_media_type`. */
export function multipartModel(body: Buffer, contentType: string): string | null {
  return findModel(body, contentType)?.value ?? null;
}

/** The body with another model in the field's place, all else as it was. The body must have the field. */
export function rewriteMultipart(body: Buffer, contentType: string, model: string): Buffer {
  const member = findModel(body, contentType);
  if (member === null) throw fieldFault('"model" is missing.');
  if (member.value === model) return body;
  return Buffer.concat([body.subarray(0, member.start), Buffer.from(model), body.subarray(member.end)]);
}

function findModel(body: Buffer, contentType: string): Member<string> | null {
  const delimiter = Buffer.from(`--${boundaryOf(contentType)}`);
  let model: Member<string> | null = null;
  let at = body.indexOf(delimiter);
  if (at !== 0) throw malformed('the body does not start with its boundary', 0);
  for (let parts = 0; ; parts += 1) {
    const after = at + delimiter.length;
    if (isAt(body, after, '--')) {
      if (body.indexOf(delimiter, after) !== -1) throw malformed('parts after the end', after);
      if (parts === 0) throw malformed('no parts', at);
      return model;
    }
    if (parts === MAX_PARTS) throw malformed(`more than ${MAX_PARTS} parts`, at);
    if (!isAt(body, after, '\r\n')) throw malformed('the boundary occurs where no part starts', at);
    const next = body.indexOf(delimiter, after);
    if (next === -1) throw malformed('the last boundary is missing', body.length);
    if (!isAt(body, next - 2, '\r\n')) throw malformed('the boundary occurs inside a part', next);
    const headersEnd = body.subarray(after, Math.min(next, after + MAX_HEADER_BYTES)).indexOf('\r\n\r\n');
    if (headersEnd === -1) throw malformed('a part without an end of its headers', at);
    const start = after + headersEnd + 4;
    // An empty value shares no bytes with the headers' end: the delimiter brings its own line end.
    if (start > next - 2) throw malformed('a part without a value', at);
    if (isField(body.toString('latin1', after + 2, after + headersEnd), after)) {
      if (model !== null) throw fieldFault('"model" occurs twice. Send it once.');
      model = { value: checkName(`/${FIELD}`, valueText(body, start, next - 2)), start, end: next - 2 };
    }
    at = next;
  }
}

/** RFC 2046 5.1.1: 1 to 70 characters, quoted when they are not a token. */
function boundaryOf(contentType: string): string {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) {
    throw new Fault('unsupported_media_type', 'The body must be multipart/form-data.');
  }
  const found = [...contentType.matchAll(/;\s*boundary\s*=\s*(?:"([^"\\]*)"|([^\s;"]*))\s*(?=;|$)/gi)];
  const boundary = found[0]?.[1] ?? found[0]?.[2] ?? '';
  const count = contentType.match(/boundary/gi)?.length ?? 0;
  // A boundary may itself hold the word, once.
  if (found.length !== 1 || count - (/boundary/i.test(boundary) ? 1 : 0) !== 1)
    throw malformed('no single boundary in content-type');
  if (!/^[0-9A-Za-z'()+_,./:=? -]{1,70}$/.test(boundary) || boundary.endsWith(' '))
    throw malformed('a boundary that is not allowed');
  return boundary;
}

/** Whether a part's headers name the field `model`. */
function isField(headers: string, at: number): boolean {
  let disposition: string | null = null;
  let encoded = false;
  for (const line of headers.split('\r\n')) {
    const colon = line.indexOf(':');
    // Also refuses folded lines, and line ends that are not CRLF.
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(line.slice(0, Math.max(colon, 0))) || /[\r\n\0]/.test(line))
      throw malformed('a bad header line', at);
    const name = line.slice(0, colon).toLowerCase();
    if (name === 'content-transfer-encoding') encoded ||= !/^\s*(7bit|8bit|binary)\s*$/i.test(line.slice(colon + 1));
    if (name !== 'content-disposition') continue;
    if (disposition !== null) throw malformed('two content-disposition headers in a part', at);
    disposition = line.slice(colon + 1);
  }
  if (disposition === null) throw malformed('a part without content-disposition', at);
  const parameters = dispositionParameters(disposition, at);
  const name = parameters.get('name');
  if (name === undefined) throw malformed('a part without a name', at);
  if (foldsTo(name, FIELD)) throw fieldFault(`"${name}" must be written "${FIELD}".`);
  if (name !== FIELD) return false;
  if (parameters.has('filename') || encoded) throw fieldFault('"model" must be a plain text field.');
  return true;
}

function dispositionParameters(disposition: string, at: number): Map<string, string> {
  const parameters = new Map<string, string>();
  const start = /^\s*form-data\s*/i.exec(disposition);
  if (start === null) throw malformed('a part that is not form-data', at);
  const pattern = /;\s*([0-9A-Za-z*_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"\\]+))\s*/gy;
  pattern.lastIndex = start[0].length;
  let end = start[0].length;
  for (let match = pattern.exec(disposition); match !== null; match = pattern.exec(disposition)) {
    const name = (match[1] as string).toLowerCase();
    const value = match[2] ?? match[3] ?? '';
    if (parameters.has(name) || name === 'name*' || (name === 'name' && value.includes('\\')))
      throw malformed('an ambiguous part name', at);
    parameters.set(name, value);
    end = pattern.lastIndex;
  }
  if (disposition.slice(end).trim() !== '' && disposition.slice(end).trim() !== ';')
    throw malformed('a bad content-disposition', at);
  return parameters;
}

function valueText(body: Buffer, start: number, end: number): string {
  return body.toString('utf8', start, Math.min(end, start + 1024));
}

function isAt(body: Buffer, at: number, text: string): boolean {
  return body.toString('latin1', at, at + text.length) === text;
}

function fieldFault(detail: string): Fault {
  return new Fault('invalid_request', detail, { errors: [{ pointer: `/${FIELD}`, detail }] });
}

function malformed(what: string, at?: number): Fault {
  return new Fault(
    'invalid_request',
    `The multipart body cannot be read: ${what}${at === undefined ? '' : ` (at byte ${at})`}.`,
  );
}
