import { type Reason, reason } from './reason.ts';

/** Of what a call or an answer says. */
export const CONTENT_REASONS = {
  'inspect.body': reason(
    503,
    'Could not decide',
    'The body could not be looked at: the gateway holds as many bodies as it may.',
  ),
  'contract.endpoint': reason(
    404,
    'Not found',
    'The OpenAPI document of the upstream describes no such path. Route option: inspect.contract.undocumented.',
    'route.not_found',
  ),
  'contract.method': reason(
    404,
    'Not found',
    'The OpenAPI document describes the path, and not with this method. Route option: inspect.contract.undocumented.',
    'route.not_found',
  ),
  'contract.parameter': reason(
    400,
    'Not what the API takes',
    'A parameter of the path, the query, a header or a cookie is missing, not documented, repeated, or not what its schema says.',
  ),
  'contract.content_type': reason(
    415,
    'Media type not supported',
    'The Content-Type is not one of the documented ones, is ambiguous, or names another charset than UTF-8; or the body has a coding.',
  ),
  'contract.body': reason(
    400,
    'Not what the API takes',
    'The body is missing, malformed, not documented, or not what its schema says; the detail names the place.',
  ),
  'contract.complexity': reason(
    400,
    'Not what the API takes',
    'The call cannot be compared with the document in bounded time: nesting, or alternatives that multiply.',
  ),
  'contract.answer': reason(
    502,
    'Upstream failed',
    'The answer departs from the OpenAPI document: its status, its media type or its body. Route option: inspect.contract.response.',
  ),
  'answer.unreadable': reason(
    502,
    'Upstream failed',
    'The answer cannot be judged as the route asks: its coding, its range or its form cannot be read. Setting: stages.answer.',
  ),
  'answer.too_large': reason(
    502,
    'Upstream failed',
    'The answer is larger than what may be held to judge it as the route asks. Setting: stages.answer.',
  ),
} as const satisfies Record<string, Reason>;
