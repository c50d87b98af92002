import { isTimeZone } from '../authz/time-window.ts';
import { type AccessConditions, type DenyRule, type TimeWindow, WEEKDAYS } from '../core/access.ts';
import type { FieldTerms } from '../core/field-rules.ts';
import { label } from './authenticators/formats.ts';
import { fieldRules, rowRule } from './field-schema.ts';
import { cidr, scope } from './formats-network.ts';
import { name } from './formats-places.ts';
import { duration } from './formats-units.ts';
import { type FieldValues, object, optional, required, withDefault } from './schema.ts';
import { list, oneOrList, type RecordKeys, record, refined, wordOrObject } from './schema-collections.ts';
import type { Schema } from './schema-types.ts';
import { malformed, text, word } from './schema-values.ts';

const METHODS = ['api-key', 'jwt', 'introspection', 'mtls', 'http-signature', 'hmac', 'basic'] as const;

const FIELD_NAMES: RecordKeys = {
  pattern: '^[a-z0-9-]{1,64}$',
  isValid: (key) => key.length <= 64 && /^[a-z0-9-]+$/.test(key),
};

const window: Schema<TimeWindow> = refined(
  object({
    days: withDefault(list(word(WEEKDAYS), { max: 7, unique: true }), [], 'Days it begins on.', 'every day'),
    from: withDefault(timeOfDay(), 0, 'When it begins.', '"00:00"'),
    to: withDefault(timeOfDay(), 0, 'When it ends; not after from: on the next day.', '"00:00"'),
    zone: withDefault(timeZone(), 'UTC', 'Time zone, such as Europe/Vienna.'),
  }),
  ({ days, from, to, zone }) => ({ days, fromMinutes: from, toMinutes: to, zone }),
);

/** What a route, a policy or a rule that denies may ask. */
const CONDITION_FIELDS = {
  consumers: withDefault(many('a consumer'), [], 'Consumers, of which the caller must be one.', 'not asked'),
  groups: withDefault(many('a group'), [], 'Groups, of which the caller must have one.', 'not asked'),
  tiers: withDefault(many('a tier'), [], 'Tiers, of which the caller must have one.', 'not asked'),
  roles: withDefault(
    oneOrList(label('a role', 256), { min: 1, max: 1000, unique: true }),
    [],
    'Roles, of which the token must give the caller one; rolesClaim of the method says where they stand.',
    'not asked',
  ),
  methods: withDefault(
    oneOrList(word(METHODS), { min: 1, max: METHODS.length, unique: true }),
    [],
    'Methods of authentication, of which one must have identified the caller.',
    'not asked',
  ),
  bindings: withDefault(
    oneOrList(word(['dpop', 'mtls']), { min: 1, max: 2, unique: true }),
    [],
    'What the credential must be bound to.',
    'not asked',
  ),
  acr: withDefault(
    oneOrList(label('an authentication context class', 256), { min: 1, max: 16, unique: true }),
    [],
    'Classes of the sign-in, of which it must have one.',
    'not asked',
  ),
  signedInWithin: withDefault(duration(0, 31_536_000), 0, 'How long ago the person may have signed in.', 'not asked'),
  issuedWithin: withDefault(duration(0, 31_536_000), 0, 'How long ago the token may have been issued.', 'not asked'),
  addresses: withDefault(list(cidr(), { max: 1000, unique: true }), [], 'Blocks the client must be in.', 'not asked'),
  countries: withDefault(
    oneOrList(country(), { min: 1, max: 250, unique: true }),
    [],
    'Countries (ISO 3166-1, two letters) the client must be in one of, by the file geo.countries.',
    'not asked',
  ),
  times: withDefault(list(window, { max: 32 }), [], 'Hours, of which it must be one.', 'not asked'),
  headers: withDefault(
    record(
      'field',
      oneOrList(label('a value', 512), { min: 1, max: 32, unique: true }),
      'Values it may have.',
      0,
      FIELD_NAMES,
    ),
    {},
    'Header fields that must be there with one of these values.',
    'not asked',
  ),
  when: optional(expression(), 'Expression (CEL) that must be true.'),
};

type ConditionValues = FieldValues<typeof CONDITION_FIELDS>;

const denyRule: Schema<DenyRule> = refined(
  object({ name: required(name('the rule'), 'Name of the rule, for records and explanations.'), ...CONDITION_FIELDS }),
  (value) => ({ name: value.name, conditions: conditionsOf(value) }),
);

/** The same as `OBJECT in owned(WHOM, "LOOKUP")`. */
const ownerRule: Schema<string> = refined(
  wordOrObject(
    expression(),
    object({
      lookup: required(name('a look-up'), 'Look-up of owners.'),
      object: required(expression(), 'Expression (CEL) that names the object, such as path.orderId.'),
      equals: withDefault(
        expression(),
        'principal.subject',
        'Expression (CEL) of whom it has to belong to. Of an API key, principal.subject is its consumer; of a token, its sub.',
      ),
    }),
  ),
  (value) => (typeof value === 'string' ? value : `(${value.object}) in owned(${value.equals}, "${value.lookup}")`),
);

/** What a rule over fields may ask. */
const TERM_FIELDS = {
  scopes: withDefault(
    list(scope(), { max: 100, unique: true }),
    [],
    'Scopes the credential must have, all of them.',
    'not asked',
  ),
  ...CONDITION_FIELDS,
};

function termsOf(values: FieldValues<typeof TERM_FIELDS>): FieldTerms {
  return { scopes: values.scopes, conditions: conditionsOf(values) };
}

/** What `authorize` of a route and a policy have in common. */
export const ACCESS_FIELDS = {
  scopes: withDefault(
    list(scope(), { max: 100, unique: true }),
    [],
    'Scopes the credential must have, all of them.',
    'none',
  ),
  ...CONDITION_FIELDS,
  deny: withDefault(list(denyRule, { max: 64 }), [], 'Rules that deny what meets all of their conditions.', 'none'),
  fields: optional(fieldRules(TERM_FIELDS, termsOf), 'Fields of bodies that the caller may set and see.'),
  rows: optional(rowRule, 'Whose the rows of answers are.'),
};

/** What may be asked of look-ups and deciders outside. */
export const OUTSIDE_FIELDS = {
  owner: optional(
    ownerRule,
    'Whose the object of the call has to be: an expression (CEL), such as path.orderId in owned(principal, "orders"), or a look-up.',
  ),
  decide: withDefault(
    list(name('a decider'), { max: 4, unique: true }),
    [],
    'Deciders outside, each of which has to say yes too.',
    'none',
  ),
};

export const policy = object({ ...ACCESS_FIELDS, ...OUTSIDE_FIELDS });
export type PolicyValues = FieldValues<typeof ACCESS_FIELDS> & FieldValues<typeof OUTSIDE_FIELDS>;

export function conditionsOf(values: ConditionValues & { readonly owner?: string | undefined }): AccessConditions {
  const { consumers, groups, roles, tiers, methods, bindings, acr, addresses, countries, times, headers, when } =
    values;
  return {
    consumers,
    groups,
    roles,
    tiers,
    methods,
    bindings,
    acr,
    signedInWithinSeconds: values.signedInWithin,
    issuedWithinSeconds: values.issuedWithin,
    addresses,
    countries,
    times,
    headers,
    when,
    owner: values.owner,
  };
}

function many(what: string): Schema<readonly string[]> {
  return oneOrList(name(what), { min: 1, max: 1000, unique: true });
}

export function expression(): Schema<string> {
  return text({
    expected: 'an expression such as principal.claims.tenant == path.tenant',
    parse: (value) => (value.trim() === '' ? malformed('is empty') : { ok: true, value }),
  });
}

function country(): Schema<string> {
  return text({
    expected: 'a country such as AT',
    pattern: '^[A-Z]{2}$',
    parse: (value) =>
      /^[A-Z]{2}$/.test(value)
        ? { ok: true, value }
        : malformed('is not a country', 'write its two letters of ISO 3166-1 in upper case; "NO" in quotes'),
  });
}

/** Minutes since midnight. */
function timeOfDay(): Schema<number> {
  return text({
    expected: 'a time such as "08:30"',
    pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
    parse(value) {
      const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(value);
      return match === null
        ? malformed('is not a time of day', 'write it as "08:30", in quotes')
        : { ok: true, value: Number(match[1]) * 60 + Number(match[2]) };
    },
  });
}

function timeZone(): Schema<string> {
  return text({
    expected: 'a time zone such as Europe/Vienna',
    parse: (value) => (isTimeZone(value) ? { ok: true, value } : malformed('is not a time zone')),
  });
}
