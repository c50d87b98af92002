import { type Reason, reason } from './reason.ts';

/** Of a caller who may not, or not so much. */
export const ACCESS_REASONS = {
  'authz.scope': reason(403, 'Not allowed', 'The credential lacks a scope the route asks for.'),
  'authz.key_route': reason(
    403,
    'Not allowed',
    'The key is confined to certain routes, and this route or method is not among them. Setting: routes of the key.',
  ),
  'authz.rule': reason(
    403,
    'Not allowed',
    'A condition of the route or of one of its policies is not met, or could not be found out; the detail names it. Setting: authorize.',
  ),
  'authz.denied': reason(
    403,
    'Not allowed',
    'A rule of the route or of one of its policies denies what it describes. Setting: authorize.deny.',
  ),
  'authz.sign_in': reason(
    403,
    'Not allowed',
    'The sign-in behind the call is not strong or not recent enough. Setting: authorize.acr, authorize.signedInWithin.',
  ),
  'authz.owner': reason(
    404,
    'Not found',
    'The object of the call is not the caller’s, by the rule of the route, or is not there: a caller is not told which. Setting: authorize.owner.',
  ),
  'authz.decider': reason(
    403,
    'Not allowed',
    'A decider outside said no; the detail names it. Settings: authorize.decide, deciders.',
  ),
  'authz.field': reason(
    403,
    'Not allowed',
    'The body sets a field the caller may not set; the detail names it. Setting: authorize.fields.request.',
  ),
  'authz.field_type': reason(
    415,
    'Body of another type is needed',
    'The fields of the body are asked about, and it is not said to be plain JSON in UTF-8. Setting: authorize.fields.otherTypes.',
  ),
  'authz.field_body': reason(
    400,
    'Body cannot be read',
    'The fields of the body are asked about, and it is no JSON that every reader reads alike.',
  ),
  'authz.answer_field': reason(
    403,
    'Not allowed',
    'The answer has a field the caller may not see, for which all of it is refused. Setting: authorize.fields.response.',
  ),
  'authz.foreign_rows': reason(
    403,
    'Not allowed',
    'The answer has rows that are not the caller’s, by the rule of the route. Setting: authorize.rows.',
  ),
  'authz.unavailable': reason(503, 'Could not decide', 'What the caller may do could not be established.'),
  'limit.rate': reason(429, 'Too many requests', 'The rate limit is used up; Retry-After says for how long.'),
  'limit.quota': reason(429, 'Quota used up', 'The quota of this window is used up; Retry-After says until when.'),
  'limit.unavailable': reason(503, 'Could not decide', 'The limit could not be counted.'),
  'body.too_large': reason(413, 'Body too large', 'The body is larger than the route allows.'),
} as const satisfies Record<string, Reason>;
