import { parsePointer } from '../authz/outside/json-pointer.ts';
import type { HttpOwnersConfig, OwnerLookupConfig } from '../core/ownership.ts';
import { label, secret } from './authenticators/formats.ts';
import { AUTHORITY_FIELD, lintAuthority, lintOutside, QUESTION_FIELDS } from './outside-schema.ts';
import { MEMORY_FIELDS, memoryPolicy } from './owners-memory-schema.ts';
import { sqlOwners } from './owners-sql-schema.ts';
import { object, optional, required, withDefault } from './schema.ts';
import { entryNode, refined, tagged } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { malformed, text, word } from './schema-values.ts';

function pointer(): Schema<readonly string[]> {
  return text({
    expected: 'a JSON pointer such as /owner/id',
    parse(value) {
      const tokens = value.length <= 256 ? parsePointer(value) : undefined;
      return tokens === undefined || tokens.length === 0
        ? malformed('is no JSON pointer', 'write it as /owner (RFC 6901)')
        : { ok: true, value: tokens };
    },
  });
}

/** A URL with one `{name}`: as a whole segment or value, so that no object can change where the request goes. */
function urlTemplate(): Schema<HttpOwnersConfig['url']> {
  const FIX = 'write "https://shop.example/owners/{orderId}"';
  return text({
    expected: 'an address such as "https://shop.example/owners/{orderId}"',
    interpolates: true,
    parse(value) {
      const open = value.indexOf('{');
      const close = value.indexOf('}');
      const [before, after] = [value.slice(0, Math.max(open, 0)), value.slice(close + 1)];
      if (open < 0 || close < open + 2 || /[{}]/.test(`${before}${after}`))
        return malformed('does not hold one {name} for the object', FIX);
      const [one, other] = ['a', 'b'].map((object) => URL.parse(`${before}${object}${after}`));
      if (!one || !other || (one.protocol !== 'https:' && one.protocol !== 'http:'))
        return malformed('is not an https:// address', FIX);
      if (one.username !== '' || one.password !== '') return malformed('holds user information');
      if (value.includes('#')) return malformed('holds a fragment');
      const isSegment = before.endsWith('/') && /^(?:$|[/?])/.test(after) && one.host === other.host;
      const isValue = before.includes('?') && before.endsWith('=') && /^(?:$|&)/.test(after);
      if (!(before.includes('?') ? isValue : isSegment))
        return malformed('holds {name} as a part of something', `${FIX}: a whole segment or a whole value`);
      return { ok: true, value: { before, after } };
    },
  });
}

const httpFields = object({
  type: required(word(['http']), 'Source: a resource that answers the owner as JSON.'),
  url: required(urlTemplate(), 'Address, with {name} in place of the object.'),
  pointer: withDefault(pointer(), ['owner'], 'JSON pointer to the owner, or to a list of owners.', '/owner'),
  objectPointer: optional(
    pointer(),
    'JSON pointer to the object’s own name in the answer: it has to be the very text that was asked.',
  ),
  token: optional(secret('a bearer token'), 'Bearer token the gateway sends.'),
  ...QUESTION_FIELDS,
  ...AUTHORITY_FIELD,
  ...MEMORY_FIELDS,
});

const http: Schema<OwnerLookupConfig> = refined(httpFields, (value, node, path, context) => {
  const { url, timeoutSeconds, questionsMax, allowPrivateAddresses, token } = value;
  const memory = memoryPolicy(value, node, path, context);
  const place = [...path, 'url'];
  const isSafe = lintOutside(
    url.before.startsWith('https:'),
    allowPrivateAddresses,
    entryNode(node, 'url'),
    place,
    context,
  );
  const hasUse = lintAuthority(value.ca, url.before.startsWith('https:'), node, path, context);
  if (memory === INVALID || !isSafe || !hasUse) return INVALID;
  return {
    type: 'http',
    url,
    ownerPointer: value.pointer,
    objectPointer: value.objectPointer,
    token,
    timeoutSeconds,
    questionsMax,
    allowPrivateAddresses,
    caFile: value.ca,
    ...memory,
  };
});

const accepted: Schema<OwnerLookupConfig> = refined(
  object({
    type: required(word(['accepted']), 'Source: owners that an administrator accepted; see: sallyport owners accept.'),
    description: optional(label('a description', 256), 'What its objects are.'),
  }),
  () => ({ type: 'accepted' }),
);

/** One look-up: its `type` says where owners are found. */
export const ownerLookup: Schema<OwnerLookupConfig> = tagged<OwnerLookupConfig>(
  'type',
  { http, sql: sqlOwners, accepted },
  {},
);
