import { type Reason, reason } from './reason.ts';

/** Of what a call of a GraphQL endpoint asks for. */
export const GRAPHQL_REASONS = {
  'graphql.transport': reason(
    415,
    'Unsupported request',
    'The call carries its operation in a way that is not taken: POST with application/json or application/graphql, or GET with query, without content coding. Setting: inspect.graphql.',
  ),
  'graphql.request': reason(
    400,
    'Malformed request',
    'The call is no GraphQL request that every server reads alike: a member stands twice, is unknown or of another type, or the operation stands in two places.',
  ),
  'graphql.document': reason(
    400,
    'Malformed request',
    'The document cannot be parsed, names an operation or fragment that is not there, or its fragments go in a circle.',
  ),
  'graphql.method': reason(405, 'Method not allowed', 'A mutation came by GET, which links and caches may repeat.'),
  'graphql.too_large': reason(
    413,
    'Request too large',
    'The body or the document is larger than inspect.graphql allows.',
  ),
  'graphql.depth': reason(403, 'Query too expensive', 'Fields are nested deeper than inspect.graphql.depth.'),
  'graphql.aliases': reason(403, 'Query too expensive', 'There are more aliases than inspect.graphql.aliases.'),
  'graphql.fields': reason(403, 'Query too expensive', 'There are more fields than inspect.graphql.fields.'),
  'graphql.directives': reason(
    403,
    'Query too expensive',
    'There are more directives than inspect.graphql.directives.',
  ),
  'graphql.cost': reason(403, 'Query too expensive', 'The weighted cost exceeds inspect.graphql.cost.'),
  'graphql.batch': reason(
    403,
    'Query too expensive',
    'There are more operations in one call than inspect.graphql.batch.',
  ),
  'graphql.introspection': reason(
    403,
    'Forbidden',
    'The schema was asked for. Setting: inspect.graphql.introspection.',
  ),
  'graphql.subscription': reason(
    403,
    'Forbidden',
    'A subscription was asked for. Setting: inspect.graphql.subscriptions.',
  ),
  'graphql.persisted_unknown': reason(
    400,
    'PersistedQueryNotFound',
    'The document is not one of inspect.graphql.persistedOnly, or was named by its hash alone where it is not known. Clients of automatic persisted queries send the text then.',
  ),
  'graphql.persisted_mismatch': reason(
    400,
    'Malformed request',
    'The hash of a persisted query is not the SHA-256 of its text.',
  ),
} as const satisfies Record<string, Reason>;
