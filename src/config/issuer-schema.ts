import { type IssuerConfig, type IssuerResource, SIGNING_ALGORITHMS } from '../core/issuer.ts';
import type { SignInConfig } from '../core/sign-in.ts';
import { label } from './authenticators/formats.ts';
import { originUrl } from './formats-network.ts';
import { name } from './formats-places.ts';
import { duration, rate } from './formats-units.ts';
import { object, optional, required, withDefault } from './schema.ts';
import { entryNode, list, type RecordKeys, record, refined } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { boolean, integer, malformed, text, word } from './schema-values.ts';
import { DEFAULT_SIGN_IN, signIn } from './sign-in-schema.ts';

const DAY = 86_400;

/** Printable, without space, quote, backslash, and at most 128 characters (RFC 6749 §3.3). */
const SCOPES: RecordKeys = {
  pattern: '^[!#-\\[\\]-~]{1,128}$',
  isValid: (key) => key.length <= 128 && /^[!#-[\]-~]+$/.test(key) && !RESERVED_SCOPES.includes(key),
};
/** Of OpenID Connect; they are no API's. */
const RESERVED_SCOPES: readonly string[] = ['openid', 'offline_access'];

const resource = object({
  audience: required(audience(), 'aud of its tokens, an absolute URI (RFC 8707).', '"https://api.example.com"'),
  scopes: withDefault(
    record('scope', label('what the scope lets somebody do, in words', 200), 'What it lets somebody do.', 0, SCOPES),
    {},
    'Scopes by name, each with what it lets somebody do, as the consent page says it.',
    'those the routes ask for',
  ),
});

const LIFETIMES = {
  accessToken: 300,
  idToken: 600,
  refreshToken: 14 * DAY,
  refreshTokenMax: 90 * DAY,
  session: 14 * DAY,
  deviceCode: 600,
} as const;

const lifetimes = object({
  accessToken: withDefault(duration(30, DAY), LIFETIMES.accessToken, 'Life of an access token.', '5m'),
  idToken: withDefault(duration(30, DAY), LIFETIMES.idToken, 'Life of an ID token.', '10m'),
  refreshToken: withDefault(
    duration(60, 365 * DAY),
    LIFETIMES.refreshToken,
    'How long a refresh token may lie unused.',
    '14d',
  ),
  refreshTokenMax: withDefault(
    duration(60, 365 * DAY),
    LIFETIMES.refreshTokenMax,
    'After so long somebody has to sign in again, however often the token was used.',
    '90d',
  ),
  session: withDefault(duration(60, 365 * DAY), LIFETIMES.session, 'How long a browser stays signed in.', '14d'),
  deviceCode: withDefault(duration(60, 3600), LIFETIMES.deviceCode, 'How long a device waits for its user.', '10m'),
});

const REFRESH = { grace: 30, graceUses: 1_000 } as const;

const refresh = object({
  grace: withDefault(
    duration(0, 300),
    REFRESH.grace,
    'How long a refresh token that was replaced gets its client the same successor again; 0: never. After it, the token counts as stolen and its family is revoked.',
  ),
  graceUses: withDefault(integer(1, 100_000), REFRESH.graceUses, 'How often, within that time.'),
});

const SIGNING = { algorithm: 'ES256', rotateEvery: 30 * DAY, publishAhead: 3_600 } as const;

const signingKeys = object({
  algorithm: withDefault(word(SIGNING_ALGORITHMS), SIGNING.algorithm, 'Algorithm of signatures.'),
  rotateEvery: withDefault(duration(60, 3650 * DAY), SIGNING.rotateEvery, 'How long one key signs.', '30d'),
  publishAhead: withDefault(
    duration(0, 30 * DAY),
    SIGNING.publishAhead,
    'How long a key is published before it signs.',
    '1h',
  ),
});

const exchange = object({
  authenticators: required(
    list(name('an authenticator'), { min: 1, max: 32, unique: true }),
    'Whose credentials can be exchanged: keys, tokens of other issuers.',
    '[keys]',
  ),
  publicClient: optional(
    clientId(),
    'Client id with which whoever holds such a credential needs no client of their own.',
  ),
  maxLifetime: withDefault(duration(30, DAY), 300, 'Longest life of what is issued.', '5m'),
  requireDpop: withDefault(boolean(), false, 'true: what is issued is always bound to a key of the caller (RFC 9449).'),
});

const fields = object({
  url: required(originUrl(), 'Origin clients reach the gateway at.', '"https://api.example.com"'),
  path: withDefault(issuerPath(), '/oauth', 'Path its endpoints are under.'),
  resources: withDefault(
    list(resource, { max: 100 }),
    [],
    'APIs tokens are issued for; the first one where a client names none.',
    'one, with the url as its audience',
  ),
  lifetimes: withDefault(lifetimes, LIFETIMES, 'How long things live.', 'the defaults below'),
  refresh: withDefault(refresh, REFRESH, 'Refresh tokens that are presented twice.', 'the defaults below'),
  signingKeys: withDefault(signingKeys, SIGNING, 'Keys that tokens are signed with.', 'the defaults below'),
  dpopNonce: withDefault(boolean(), false, 'true: every DPoP proof needs a nonce of the issuer.'),
  pushedRequestsOnly: withDefault(
    boolean(),
    false,
    'true: authorization requests have to be pushed by the client first (RFC 9126).',
  ),
  registration: withDefault(
    word(['off', 'token', 'open']),
    'off',
    'Clients that register themselves (RFC 7591): none, those with an initial access token, or everybody.',
  ),
  exchange: optional(exchange, 'Token exchange (RFC 8693). Without it there is none.'),
  name: optional(
    label('the name of the service', 80),
    'What people call the service, on its pages. Without it: the host of url.',
  ),
  signIn: withDefault(signIn, DEFAULT_SIGN_IN, 'How people prove who they are.', 'passwords and passkeys'),
  rate: withDefault(
    rate(),
    { permits: 600, windowSeconds: 60 },
    'How often one address may call its endpoints.',
    '600/1m',
  ),
});

/** `issuer`. */
export const issuer: Schema<IssuerConfig> = refined(fields, (value, node, path, context) => {
  const seen = new Set<string>();
  for (const [index, { audience: named }] of value.resources.entries()) {
    if (seen.has(named)) {
      const place = [...path, 'resources', index, 'audience'];
      context.report('SP015', entryNode(node, 'resources').position, place, `the audience "${named}" stands twice`);
      return INVALID;
    }
    seen.add(named);
  }
  const resources: readonly IssuerResource[] =
    value.resources.length === 0 ? [{ audience: value.url, scopes: {} }] : value.resources;
  const { lifetimes: life } = value;
  return {
    identifier: `${value.url}${value.path}`,
    origin: value.url,
    path: value.path,
    resources,
    lifetimes: {
      accessSeconds: life.accessToken,
      idTokenSeconds: life.idToken,
      refreshSeconds: life.refreshToken,
      refreshSecondsMax: Math.max(life.refreshToken, life.refreshTokenMax),
      sessionSeconds: life.session,
      deviceCodeSeconds: life.deviceCode,
    },
    refresh: { graceSeconds: value.refresh.grace, graceUsesMax: value.refresh.graceUses },
    signingKeys: {
      algorithm: value.signingKeys.algorithm,
      rotateSeconds: value.signingKeys.rotateEvery,
      publishAheadSeconds: Math.min(value.signingKeys.publishAhead, value.signingKeys.rotateEvery),
    },
    dpopNonce: value.dpopNonce,
    pushedRequestsOnly: value.pushedRequestsOnly,
    registration: value.registration,
    exchange:
      value.exchange === undefined
        ? undefined
        : {
            authenticators: value.exchange.authenticators,
            publicClient: value.exchange.publicClient,
            lifetimeSecondsMax: value.exchange.maxLifetime,
            requireDpop: value.exchange.requireDpop,
          },
    serviceName: value.name ?? new URL(value.url).host,
    signIn: { ...value.signIn, scopeDescriptions: descriptions(resources) },
    rate: value.rate,
  };
});

function audience(): Schema<string> {
  return text({
    expected: 'an absolute URI without fragment',
    interpolates: true,
    parse(value) {
      const fine = value.length <= 512 && URL.canParse(value) && !value.includes('#') && !value.includes('*');
      return fine ? { ok: true, value } : malformed('is not an absolute URI without fragment');
    },
  });
}

/** One or several literal segments. */
function issuerPath(): Schema<string> {
  return text({
    expected: 'a path such as /oauth',
    pattern: '^(?:/[A-Za-z0-9_-]{1,64}){1,4}$',
    parse(value) {
      const segments = value.split('/');
      const fine =
        segments.length >= 2 &&
        segments.length <= 5 &&
        segments[0] === '' &&
        segments.slice(1).every((segment) => segment.length <= 64 && isPlain(segment));
      return fine ? { ok: true, value } : malformed('is not a path such as /oauth');
    },
  });
}

function clientId(): Schema<string> {
  return text({
    expected: 'a client id of letters, digits, _ and -',
    pattern: '^[A-Za-z0-9_-]{1,64}$',
    parse: (value) => (value.length <= 64 && isPlain(value) ? { ok: true, value } : malformed('is not a client id')),
  });
}

function isPlain(value: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(value);
}

/** What the consent page says of scopes, those of OpenID Connect included. */
function descriptions(resources: readonly IssuerResource[]): SignInConfig['scopeDescriptions'] {
  return [
    { scope: 'openid', text: 'Know that it is you' },
    { scope: 'profile', text: 'See your name' },
    { scope: 'email', text: 'See your e-mail address' },
    { scope: 'offline_access', text: 'Keep this access while you are away' },
    ...resources.flatMap(({ scopes }) => Object.entries(scopes).map(([scope, text]) => ({ scope, text }))),
  ];
}
