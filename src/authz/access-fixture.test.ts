import type { AccessConditions } from '../core/access.ts';
import type { Call } from '../core/call.ts';
import { NO_CLAIMS, type Principal } from '../core/principal.ts';
import type { AccessFacts } from './access-facts.ts';

/** Monday, 15 June 2026, 10:30 in UTC; 12:30 in Vienna, 06:30 in New York. */
export const NOW = Date.UTC(2026, 5, 15, 10, 30);
export const SECOND = Math.floor(NOW / 1000);

export const ASKS_NOTHING: AccessConditions = {
  consumers: [],
  groups: [],
  roles: [],
  tiers: [],
  methods: [],
  bindings: [],
  acr: [],
  signedInWithinSeconds: 0,
  issuedWithinSeconds: 0,
  addresses: [],
  countries: [],
  times: [],
  headers: {},
  when: undefined,
  owner: undefined,
};

export const ALICE: Principal = {
  version: 1,
  consumer: 'acme',
  subject: 'alice',
  scopes: ['orders:read', 'orders:write'],
  groups: ['partners', 'beta'],
  tier: 'gold',
  authenticator: 'tokens',
  method: 'jwt',
  credentialId: 'jti-1',
  issuer: 'https://id.example',
  clientId: 'shop',
  binding: 'dpop',
  acr: 'urn:mfa',
  authenticatedAtSeconds: SECOND - 600,
  expiresAtMs: 0,
  claims: Object.assign(Object.create(null) as Record<string, unknown>, {
    tenant: 't1',
    level: 3,
    admin: true,
    roles: ['viewer', 'editor'],
    nested: { team: 'blue' },
    nothing: null,
  }),
};
export const KEY: Principal = {
  ...ALICE,
  subject: 'acme',
  groups: [],
  tier: '',
  method: 'api-key',
  binding: 'none',
  acr: '',
  authenticatedAtSeconds: 0,
  claims: NO_CLAIMS,
};
export const CERTIFICATE: Principal = {
  ...KEY,
  consumer: 'robot',
  method: 'mtls',
  binding: 'mtls',
  groups: ['machines'],
};
export const NOBODY = undefined;

export interface CallOptions {
  readonly method?: string;
  readonly address?: string;
  readonly headers?: readonly string[];
  readonly query?: string;
  readonly nowMs?: number;
  readonly parameters?: Readonly<Record<string, string>>;
}

export function factsOf(principal: Principal | undefined, options: CallOptions): AccessFacts {
  const address = options.address ?? '192.0.2.10';
  const call: Call = {
    requestId: 'r',
    method: options.method ?? 'GET',
    scheme: 'https',
    host: 'api.example',
    path: '/tenants/t1/orders/7',
    pathAmbiguities: 0,
    query: options.query ?? '',
    httpVersion: '1.1',
    headers: ['host', 'api.example', ...(options.headers ?? [])],
    address: { text: address, group: address },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'none',
    bodyBytesDeclared: -1,
    upgrade: '',
    fault: undefined,
  };
  const parameters = Object.assign(Object.create(null), options.parameters ?? { tenant: 't1', id: '7' }) as Record<
    string,
    string
  >;
  return { call, principal, routeId: 'orders', parameters, nowMs: options.nowMs ?? NOW };
}
