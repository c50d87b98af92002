import type { TokenClaimsPolicy } from '../core/configuration.ts';
import type { Claims } from '../core/principal.ts';
import type { ReasonCode } from '../core/reasons.ts';

/** Why a token is refused: what the event says, and the signal for detectors. Holds nothing of the token. */
export interface TokenRefusal {
  readonly reason: ReasonCode;
  readonly signal: string;
  readonly detail: string;
}

/** What a token is bound to (RFC 7800 §3.1): to nothing, to a key, or to a certificate. */
export type Confirmation =
  | { readonly kind: 'none' }
  | { readonly kind: 'jkt'; readonly thumbprint: string }
  | { readonly kind: 'x5t'; readonly thumbprint: string };

/** Claims of a token, typed and bounded. Empty or 0 where a claim is absent; times in Unix seconds. */
export interface TokenFacts {
  readonly issuer: string;
  readonly subject: string;
  readonly clientId: string;
  readonly tokenId: string;
  readonly sessionId: string;
  readonly scopes: readonly string[];
  /** Undefined where the policy names no claim of groups. */
  readonly groups: readonly string[] | undefined;
  /** Undefined where the policy does not say where they stand. */
  readonly roles: readonly string[] | undefined;
  readonly acr: string;
  readonly authenticatedAt: number;
  readonly issuedAt: number;
  readonly notBefore: number;
  /** 0 where the token has no end of its own, which only answers of an introspection may. */
  readonly expiresAt: number;
  readonly confirmation: Confirmation;
  readonly claims: Claims;
}

export type ClaimsReading =
  | { readonly ok: true; readonly facts: TokenFacts }
  | { readonly ok: false; readonly refusal: TokenRefusal };

const TEXT_CHARACTERS_MAX = 512;
const SCOPES_MAX = 200;
const GROUPS_MAX = 100;
const AUDIENCES_MAX = 64;
const ACTORS_MAX = 4;
/** The year 9999: what is later is a mistake or a trick with numbers. */
const SECONDS_MAX = 253_402_300_799;

/**
 * Reads the claims every token is judged by (RFC 9068 §2.2, §4; RFC 8725 §3.8–3.12): types, audience, lifetime, scope,
 * confirmation. `requireExpiry` is false only for answers of an introspection, whose issuer vouches for each use.
 * Does not compare times with now (`judgeTimes`), nor prove possession (`judgeBinding`).
 */
export function readClaims(claims: Claims, policy: TokenClaimsPolicy, requireExpiry: boolean): ClaimsReading {
  // A claim of this name is nobody's; kept, it could reach a prototype in whatever reads the claims later.
  if ('__proto__' in claims) return refused('authn.token_claims', 'jwt.proto', 'a claim is named __proto__');
  for (const name of policy.requiredClaims)
    if (claims[name] === undefined || claims[name] === null)
      return refused('authn.token_claims', 'jwt.claim_missing', 'a required claim is missing');
  for (const name of TEXT_CLAIMS)
    if (!isTextOrAbsent(claims[name]))
      return refused('authn.token_claims', 'jwt.claim_type', `${name} is no text of a sane length`);
  const audience = judgeAudience(claims['aud'], policy.audiences);
  if (audience !== undefined) return { ok: false, refusal: audience };
  for (const name of TIME_CLAIMS)
    if (!isSecondsOrAbsent(claims[name]))
      return refused('authn.token_claims', 'jwt.time_type', `${name} is no number of seconds`);
  const issuedAt = secondsOf(claims['iat']);
  const expiresAt = secondsOf(claims['exp']);
  if (expiresAt === 0 && requireExpiry) return refused('authn.token_lifetime', 'jwt.exp_missing', 'exp is missing');
  // Without it neither its life nor a revocation of everything issued before has a beginning (RFC 9068 §2.2).
  if (issuedAt === 0 && requireExpiry) return refused('authn.token_claims', 'jwt.iat_missing', 'iat is missing');
  if (expiresAt !== 0 && issuedAt !== 0 && expiresAt - issuedAt > policy.lifetimeSecondsMax)
    return refused('authn.token_lifetime', 'jwt.lifetime', 'exp − iat is longer than allowed');
  const scopes = scopesOf(claims[policy.scopeClaim]);
  if (scopes === undefined)
    return refused('authn.token_claims', 'jwt.scope', 'the scope is neither text of scope tokens nor a list of them');
  const groups = policy.groupsClaim === undefined ? undefined : groupsOf(claims[policy.groupsClaim]);
  if (policy.groupsClaim !== undefined && groups === undefined)
    return refused('authn.token_claims', 'jwt.groups', 'the groups are no list of texts');
  const roles = policy.rolesClaim === undefined ? undefined : groupsOf(claimAt(claims, policy.rolesClaim));
  if (policy.rolesClaim !== undefined && roles === undefined)
    return refused('authn.token_claims', 'jwt.roles', 'the roles are no list of texts');
  if (!hasBoundedActors(claims['act']) || !hasBoundedActors(claims['may_act']))
    return refused('authn.token_claims', 'jwt.actors', `more than ${ACTORS_MAX} actors, or no objects`);
  const confirmation = confirmationOf(claims['cnf']);
  if (confirmation === undefined)
    return refused('authn.token_binding', 'jwt.cnf_unknown', 'cnf has another member, or several');
  const clientId = textOf(claims['client_id'] ?? claims['azp']);
  const subject = textOf(claims['sub']);
  // RFC 9700 §4.15: a client that may choose its id could choose that of a person. Where both are there and a person
  // signed in (RFC 9068 §2.2.1: auth_time or acr), they must differ.
  if (subject !== '' && subject === clientId && (claims['auth_time'] !== undefined || claims['acr'] !== undefined))
    return refused('authn.token_claims', 'jwt.subject_is_client', 'sub is the client, and a person signed in');
  return {
    ok: true,
    facts: {
      issuer: textOf(claims['iss']),
      subject,
      clientId,
      tokenId: textOf(claims['jti']),
      sessionId: textOf(claims['sid']),
      scopes,
      groups,
      roles,
      acr: textOf(claims['acr']),
      authenticatedAt: secondsOf(claims['auth_time']),
      issuedAt,
      notBefore: secondsOf(claims['nbf']),
      expiresAt,
      confirmation,
      claims,
    },
  };
}

/** Compares times with now; on every use, cached or not. */
export function judgeTimes(
  { expiresAt, notBefore, issuedAt }: TokenFacts,
  { skewSeconds, lifetimeSecondsMax }: TokenClaimsPolicy,
  nowSeconds: number,
): TokenRefusal | undefined {
  if (expiresAt !== 0 && nowSeconds >= expiresAt + skewSeconds) return EXPIRED;
  if (expiresAt > nowSeconds + lifetimeSecondsMax + skewSeconds) return TOO_LONG;
  if (notBefore > nowSeconds + skewSeconds) return NOT_YET;
  if (issuedAt > nowSeconds + skewSeconds) return FROM_THE_FUTURE;
  return undefined;
}

/** Compares the sign-in with what is asked for (RFC 9470 §4); on every use, because time passes. */
export function judgeStepUp(
  { acr, authenticatedAt }: TokenFacts,
  { stepUp, skewSeconds }: TokenClaimsPolicy,
  nowSeconds: number,
): TokenRefusal | undefined {
  if (stepUp.acrValues.length > 0 && !stepUp.acrValues.includes(acr)) return WEAK_SIGN_IN;
  if (stepUp.maxAgeSeconds > 0 && nowSeconds - authenticatedAt > stepUp.maxAgeSeconds + skewSeconds) return OLD_SIGN_IN;
  return undefined;
}

const TEXT_CLAIMS = ['iss', 'sub', 'client_id', 'azp', 'jti', 'sid', 'acr'] as const;
const TIME_CLAIMS = ['exp', 'nbf', 'iat', 'auth_time'] as const;

const EXPIRED = refusal('authn.token_expired', 'jwt.expired', 'exp has passed');
const TOO_LONG = refusal('authn.token_lifetime', 'jwt.lifetime', 'exp is farther away than allowed');
const NOT_YET = refusal('authn.token_not_yet', 'jwt.not_yet', 'nbf is in the future');
const FROM_THE_FUTURE = refusal('authn.token_not_yet', 'jwt.issued_in_future', 'iat is in the future');
const WEAK_SIGN_IN = refusal('authn.step_up', 'token.acr', 'acr is none of those asked for');
const OLD_SIGN_IN = refusal('authn.step_up', 'token.auth_time', 'the sign-in is too long ago, or unknown');

function refusal(reason: ReasonCode, signal: string, detail: string): TokenRefusal {
  return Object.freeze({ reason, signal, detail });
}

function refused(reason: ReasonCode, signal: string, detail: string): ClaimsReading {
  return { ok: false, refusal: { reason, signal, detail } };
}

/** RFC 8725 §3.9: exact, one of ours, and never absent where any is configured. */
function judgeAudience(audience: unknown, ours: readonly string[]): TokenRefusal | undefined {
  if (ours.length === 0) return undefined;
  if (typeof audience === 'string') return ours.includes(audience) ? undefined : OTHER_AUDIENCE;
  if (audience === undefined) return NO_AUDIENCE;
  if (!Array.isArray(audience) || audience.length > AUDIENCES_MAX) return BAD_AUDIENCE;
  const members: readonly unknown[] = audience;
  if (!members.every((member) => typeof member === 'string')) return BAD_AUDIENCE;
  return members.some((member) => ours.includes(member)) ? undefined : OTHER_AUDIENCE;
}

const OTHER_AUDIENCE = refusal('authn.token_audience', 'jwt.audience', 'aud names other resources');
const NO_AUDIENCE = refusal('authn.token_audience', 'jwt.audience_missing', 'aud is missing');
const BAD_AUDIENCE = refusal('authn.token_audience', 'jwt.audience_type', 'aud is neither text nor a list of texts');

function isTextOrAbsent(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'string' || value === '' || value.length > TEXT_CHARACTERS_MAX) return false;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029) return false;
  }
  return value.isWellFormed();
}

function isSecondsOrAbsent(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && value > 0 && value <= SECONDS_MAX);
}

function secondsOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Text of scope tokens (RFC 6749 §3.3) or a list of them; undefined where it is neither. */
function scopesOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return NO_TEXTS;
  if (value === '') return NO_TEXTS;
  if (typeof value !== 'string' && !Array.isArray(value)) return undefined;
  const listed: readonly unknown[] = typeof value === 'string' ? value.split(' ', SCOPES_MAX + 1) : value;
  if (listed.length > SCOPES_MAX) return undefined;
  return listed.every(isScope) ? listed : undefined;
}

function isScope(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > 128) return false;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x21 || code > 0x7e || code === 0x22 || code === 0x5c) return false;
  }
  return true;
}

/** A claim, or a member of one such as `realm_access.roles`; undefined where any of its names is not there. */
function claimAt(claims: Claims, names: readonly string[]): unknown {
  let value: unknown = claims;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  }
  return value;
}

function groupsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return NO_TEXTS;
  if (!Array.isArray(value) || value.length > GROUPS_MAX) return undefined;
  const members: readonly unknown[] = value;
  return members.every(isText) ? members : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && isTextOrAbsent(value);
}

/** RFC 8693 §4.1: who acts for whom, nested. Only their number matters here; nothing is decided by them. */
function hasBoundedActors(value: unknown): boolean {
  let actor = value;
  for (let depth = 0; depth <= ACTORS_MAX; depth++) {
    if (actor === undefined) return true;
    if (typeof actor !== 'object' || actor === null || Array.isArray(actor)) return false;
    actor = (actor as Readonly<Record<string, unknown>>)['act'];
  }
  return false;
}

const UNBOUND: Confirmation = Object.freeze({ kind: 'none' });
const NO_TEXTS: readonly string[] = Object.freeze([]);

/** A member that is not understood, or a second one, would be a promise to somebody that is not kept. */
function confirmationOf(value: unknown): Confirmation | undefined {
  if (value === undefined) return UNBOUND;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = Object.entries(value as Readonly<Record<string, unknown>>);
  const [only] = members;
  if (only === undefined || members.length > 1) return undefined;
  const [name, thumbprint] = only;
  // SHA-256 as base64url without padding is 43 characters (RFC 7638 §3, RFC 8705 §3.1).
  if (typeof thumbprint !== 'string' || thumbprint.length !== 43) return undefined;
  if (name === 'jkt') return { kind: 'jkt', thumbprint };
  return name === 'x5t#S256' ? { kind: 'x5t', thumbprint } : undefined;
}
