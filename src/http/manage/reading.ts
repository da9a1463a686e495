import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { FastifyInstance, FastifyRequest, FastifySchemaCompiler } from 'fastify';
import { Fault, type FieldError } from '../../core/fault.ts';
import { faulty } from '../../service/keys.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is needed as it came too: its signature is of that, and comes before whether it can be read (`bodyError`). */
    keepsBody?: true;
  }
  interface FastifyRequest {
    bodyText: string;
    /** Why it could not be parsed, where the route has a say before that; null: it could. */
    bodyError: Error | null;
  }
}

/** Reads JSON only. An empty body counts as none, so that clients which always name a type can call what takes no body. */
export function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.decorateRequest('bodyText', '');
  app.decorateRequest('bodyError', null);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = body.toString();
    if (text === '') return done(null, undefined);
    const unread = isUtf8(body as Buffer) ? null : notUtf8();
    if (!request.routeOptions.config.keepsBody) return unread ? done(unread) : void parse(request, text, done);
    request.bodyText = text;
    const keep = (error: Error | null, value?: unknown): void => {
      request.bodyError = error;
      done(null, error ? undefined : value);
    };
    if (unread) keep(unread);
    else void parse(request, text, keep);
  });
  app.addHook('preValidation', async (request) => {
    if (!request.is404) refuseUnexpected(request);
  });
}

/** Other bytes would be kept as the signs that stand for what cannot be read. JSON is UTF-8 (RFC 8259 §8.1), whatever its type says. */
function notUtf8(): Fault {
  return new Fault('invalid_json', 'The body is not valid UTF-8. Send it as JSON in UTF-8.');
}

/** What an operation does not take is refused like an unknown field: it was meant to do something. */
function refuseUnexpected({ body, query, routeOptions }: FastifyRequest): void {
  const { schema } = routeOptions;
  if (schema?.body === undefined && body !== undefined && !isEmpty(body)) {
    throw faulty([{ pointer: '', detail: 'This operation takes no body. Leave it out.' }]);
  }
  if (schema?.querystring === undefined && !isEmpty(query)) {
    throw faulty(Object.keys(query as object).map((name) => ({ pointer: `?${name}`, detail: unknownParameter(name) })));
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function unknownParameter(name: string): string {
  return `This operation knows no parameter \`${name.slice(0, 80)}\`.`;
}

/** Checks a part of the request against its schema and reports every faulty field at once. */
export const compileSchema: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const isQuery = httpPart === 'querystring';
  return (data: unknown) => {
    const parse = (one: unknown) => z.safeParse(schema, one, { error: (issue) => complaint(issue, isQuery) });
    // No body at all, where none of its fields is needed, is as good as an empty one.
    const empty = httpPart === 'body' && data === null ? parse({}) : undefined;
    const result = empty?.success ? empty : parse(data);
    if (result.success) return { value: result.data };
    return { error: faulty(result.error.issues.flatMap((issue) => fieldErrors(issue, isQuery))) };
  };
};

function fieldErrors(issue: z.core.$ZodIssue, isQuery: boolean): FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerTo(issue.path, isQuery), detail: issue.message }];
  return issue.keys.map((key) => ({
    pointer: pointerTo([...issue.path, key], isQuery),
    detail: isQuery
      ? unknownParameter(key)
      : `This operation knows no field \`${key.slice(0, 80)}\`, or does not let it be set.`,
  }));
}

/** RFC 6901; for the query `?name`. */
function pointerTo(path: readonly PropertyKey[], isQuery: boolean): string {
  if (isQuery) return `?${path.map(String).join('.')}`;
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Our words for the commonest complaints; undefined leaves zod's. */
function complaint(issue: z.core.$ZodRawIssue, isQuery: boolean): string | undefined {
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return 'This is required.';
    if (issue.input === null && (issue.path ?? []).length === 0) return 'A JSON object is required as the body.';
    if (isQuery && Array.isArray(issue.input)) return 'This is given more than once. Give it once.';
    return `This must be of type ${issue.expected}.`;
  }
  if (issue.code === 'invalid_value')
    return `This must be ${issue.values.map((value) => `\`${String(value)}\``).join(' or ')}.`;
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const [limit, word] = issue.code === 'too_small' ? [issue.minimum, 'at least'] : [issue.maximum, 'at most'];
    if (issue.origin === 'string') return `This must have ${word} ${limit} characters.`;
    if (issue.origin === 'array') return `This must have ${word} ${limit} entries.`;
    return `This must be ${word} ${limit}.`;
  }
  return undefined;
}
