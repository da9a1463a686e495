import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Fault, type FaultCode } from '../../core/fault.ts';
import { faultFailure, type Failure } from '../failure.ts';
import { problemOf } from '../problem.ts';

/** Answers a failure as a problem document. Sent as bytes: to a text the framework would add a charset, which this type does not have. */
export function answerFailure(
  reply: FastifyReply,
  failure: Failure,
  extra?: Readonly<Record<string, unknown>>,
): FastifyReply {
  return reply
    .code(failure.status)
    .headers({
      ...failure.headers,
      'cache-control': 'no-store',
      'x-keyward-code': failure.code,
      'x-request-id': reply.request.id,
    })
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problemOf(failure, reply.request.id, extra))));
}

/** Answers whatever a handler threw. What is not a fault of ours or of the request is a bug: logged whole, told as nothing. */
export function answerError(error: FastifyError | Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const fault = error instanceof Fault ? error : requestFault(error);
  if (!fault) {
    request.log.error({ err: error, route: request.routeOptions.url }, 'bug in the management API');
    return answerFailure(
      reply,
      faultFailure(new Fault('internal', 'Something went wrong here. Tell the operator the request id.')),
    );
  }
  if (fault.status >= 500) {
    request.log.error(
      { err: fault, private: fault.details.private, route: request.routeOptions.url },
      'fault in the management API',
    );
  }
  return answerFailure(reply, faultFailure(fault), fault.details.extra);
}

/** What the framework refuses by itself, in our words; undefined for everything else. */
function requestFault(error: FastifyError): Fault | undefined {
  const known = FRAMEWORK_FAULTS[error.code];
  if (known) return new Fault(...known);
  const status = error.statusCode;
  if (status === undefined || status < 400 || status >= 500) return undefined;
  return new Fault('invalid_request', 'This request cannot be read. Check its address, headers and body.');
}

const FRAMEWORK_FAULTS: Readonly<Record<string, readonly [FaultCode, string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_json', 'The body is not valid JSON.'],
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'body_too_large',
    'The body is too large: this operation takes 1 MiB at most, an import of prices 8 MiB.',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send the body as JSON, with `content-type: application/json`.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body’s length is not what its content-length says.'],
  FST_ERR_BAD_URL: ['invalid_request', 'This address is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'There is nothing at this address.'],
};
