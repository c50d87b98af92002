import type { Query } from '../../api/client.ts';
import type { FilterField } from '../../components/filter-bar.tsx';
import { param } from '../../state/place.ts';

/** Reasons that are proposed while a filter is typed: the frequent ones. Any other can be typed too. */
const REASONS = [
  'authn.missing',
  'authn.api_key_unknown',
  'authn.api_key_wrong',
  'authn.api_key_revoked',
  'authn.token_expired',
  'authn.token_signature',
  'authz.scope',
  'authz.rule',
  'authz.owner',
  'limit.rate',
  'limit.quota',
  'payload.sqli',
  'payload.xss',
  'contract.body',
  'route.not_found',
  'upstream.unreachable',
] as const;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** What calls can be narrowed by; each has the name the admin API gives it. */
export const CALL_FIELDS: readonly FilterField[] = [
  { name: 'outcome', text: 'decision', values: ['permitted', 'denied', 'observed'] },
  { name: 'reason', text: 'reason', values: REASONS },
  { name: 'pathPrefix', text: 'path' },
  { name: 'method', text: 'method', values: METHODS },
  { name: 'status', text: 'status' },
  { name: 'statusClass', text: 'status class', values: ['2', '3', '4', '5'] },
  { name: 'route', text: 'route' },
  { name: 'consumer', text: 'consumer' },
  { name: 'credential', text: 'credential' },
  { name: 'address', text: 'address' },
  { name: 'text', text: 'text' },
];

export function callQuery(): Query {
  return Object.fromEntries(CALL_FIELDS.map(({ name }) => [name, param(name)]));
}
