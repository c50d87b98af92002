import type { ConsumerMapping, StepUpPolicy, TokenClaimsPolicy, TokenLocation } from '../../core/configuration.ts';
import { originUrl } from '../formats-network.ts';
import { duration } from '../formats-units.ts';
import { type FieldValues, object, optional, withDefault } from '../schema.ts';
import { list, oneOrList } from '../schema-collections.ts';
import { INVALID, type Schema } from '../schema-types.ts';
import { boolean, integer, text, word } from '../schema-values.ts';
import { asymmetricAlgorithm } from './algorithms.ts';
import { label, prefix } from './formats.ts';

const DPOP_DEFAULT = {
  algorithms: ['ES256', 'Ed25519'],
  maxAgeSeconds: 60,
  skewSeconds: 5,
  requireNonce: false,
  origin: undefined,
} as const;

const dpop = object({
  algorithms: withDefault(
    list(asymmetricAlgorithm(), { min: 1, max: 10, unique: true }),
    DPOP_DEFAULT.algorithms,
    'Algorithms of proofs (RFC 9449).',
    'ES256, Ed25519',
  ),
  maxAgeSeconds: withDefault(duration(1, 300), DPOP_DEFAULT.maxAgeSeconds, 'Age at which a proof is refused.'),
  skewSeconds: withDefault(duration(0, 60), DPOP_DEFAULT.skewSeconds, 'How far a client’s clock may be off.'),
  requireNonce: withDefault(boolean(), DPOP_DEFAULT.requireNonce, 'true: every proof needs a nonce of the gateway.'),
  origin: optional(
    originUrl(),
    'Origin clients see, such as https://api.example.com; without it scheme and host of the call.',
  ),
});

const stepUp = object({
  acr: withDefault(
    list(label('an authentication context class', 256), { max: 16, unique: true }),
    [],
    'Classes of which the token’s acr must be one (RFC 9470).',
    'none',
  ),
  maxAgeSeconds: withDefault(duration(0, 31_536_000), 0, 'How long ago the person may have signed in; 0: not asked.'),
});

const consumer = object({
  claim: optional(claimName(), 'Claim that names the consumer; without it client_id, else azp, else sub.'),
  prefix: optional(
    prefix(),
    'Put before the claim’s value; without it the authenticator’s name and ":". Empty: the issuer may name every consumer.',
  ),
});

/** What tokens and introspection answers have in common. */
export const CLAIM_FIELDS = {
  audience: withDefault(
    audiences(),
    [],
    'Names of this API, of which the token must carry one in aud. Required for jwt.',
    'none',
  ),
  requiredClaims: withDefault(
    list(claimName(), { max: 32, unique: true }),
    [],
    'Claims that must be there besides the registered ones.',
    'none',
  ),
  skewSeconds: withDefault(duration(0, 60), 30, 'How far the issuer’s clock may be off, both ways.'),
  maxLifetimeSeconds: withDefault(duration(1, 31_536_000), 86_400, 'Longest life of a token.', '24h'),
  scopeClaim: withDefault(claimName(), 'scope', 'Claim of the scopes: text with spaces between, or a list.'),
  groupsClaim: optional(claimName(), 'Claim of groups, a list; without it those of the consumer.'),
  rolesClaim: optional(
    oneOrList(claimName(), { min: 1, max: 8 }),
    'Claim of roles, a list: roles, or the names that lead to it: [realm_access, roles]. Without it nobody has a role.',
  ),
  consumer: withDefault(
    consumer,
    { claim: undefined, prefix: undefined },
    'Which consumer a caller is.',
    'the defaults',
  ),
  binding: withDefault(
    word(['none', 'dpop', 'mtls']),
    'none',
    'none takes unbound tokens too; dpop or mtls refuse them. A token that is bound always has to prove it.',
  ),
  dpop: withDefault(dpop, DPOP_DEFAULT, 'Proofs of possession (RFC 9449).', 'the defaults below'),
  stepUp: withDefault(stepUp, { acr: [], maxAgeSeconds: 0 }, 'How strong and fresh the sign-in must be.', 'not asked'),
  queryParameter: optional(
    claimName(),
    'Query parameter a token may come in. Off unless named: queries end up in logs (RFC 6750 §5.3).',
  ),
  maxTokenBytes: withDefault(integer(256, 65_536), 8192, 'Longest token.'),
};

export type ClaimValues = FieldValues<typeof CLAIM_FIELDS>;

/** The policy of the core; `name` is the authenticator's, for the prefix of its consumers. */
export function claimsPolicy(values: ClaimValues, name: string): TokenClaimsPolicy {
  const mapping: ConsumerMapping = { claim: values.consumer.claim, prefix: values.consumer.prefix ?? `${name}:` };
  const step: StepUpPolicy = { acrValues: values.stepUp.acr, maxAgeSeconds: values.stepUp.maxAgeSeconds };
  return {
    audiences: values.audience,
    requiredClaims: values.requiredClaims,
    skewSeconds: values.skewSeconds,
    lifetimeSecondsMax: values.maxLifetimeSeconds,
    scopeClaim: values.scopeClaim,
    groupsClaim: values.groupsClaim,
    rolesClaim: values.rolesClaim,
    consumer: mapping,
    binding: { require: values.binding, dpop: values.dpop },
    stepUp: step,
  };
}

export function tokenLocation(values: ClaimValues): TokenLocation {
  return { header: 'authorization', queryParameter: values.queryParameter };
}

/** A name of a claim or parameter. */
function claimName(): Schema<string> {
  return text({
    expected: 'the name of a claim',
    parse(value) {
      const fine = value !== '' && value.length <= 128 && value !== '__proto__' && !value.includes('\0');
      return fine ? { ok: true, value } : { ok: false, code: 'SP014', error: 'is not the name of a claim' };
    },
  });
}

/** One or several audiences; a wildcard would take tokens that were issued for somebody else. */
function audiences(): Schema<readonly string[]> {
  const inner = oneOrList(label('an audience such as https://api.example.com', 512), { min: 1, max: 32, unique: true });
  return {
    ...inner,
    read(node, path, context) {
      const read = inner.read(node, path, context);
      if (read === INVALID || !read.some((one) => one.includes('*'))) return read;
      context.report('SP081', node.position, path, 'an audience with * would take tokens issued for others');
      return INVALID;
    },
  };
}
