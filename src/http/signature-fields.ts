import { type Call, headerValue } from '../core/call.ts';
import { bytesOf, type Item, isInnerList, memberText, readDictionary } from './structured-fields.ts';

const FIELD_CHARACTERS_MAX = 8_192;
const SIGNATURES_MAX = 4;
const COMPONENTS_MAX = 64;
const TEXT_CHARACTERS_MAX = 256;
const SECONDS_MAX = 253_402_300_799;

/** One thing a signature covers (RFC 9421 §2): a field, or something derived, with its parameters. */
export interface Component {
  /** Lower case; derived ones begin with `@`. */
  readonly name: string;
  /** As it stands in the signature base: the name in quotes, and its parameters. */
  readonly identifier: string;
  readonly parameters: ReadonlyMap<string, string | true>;
}

/** One signature of a request (RFC 9421 §4). Nothing of it is verified. */
export interface RequestSignature {
  readonly components: readonly Component[];
  /** Value of `@signature-params`: the last line of the signature base. */
  readonly parametersText: string;
  readonly created: number | undefined;
  readonly expires: number | undefined;
  readonly nonce: string | undefined;
  readonly algorithm: string | undefined;
  readonly keyId: string | undefined;
  readonly tag: string | undefined;
  readonly signature: Uint8Array;
}

export type SignatureReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'signatures'; readonly signatures: readonly RequestSignature[] };

/**
 * Reads `Signature-Input` and `Signature` (RFC 9421 §4.1, §4.2). Both have to name the same signatures, at most four; every
 * component and parameter has to be one that is known, and none may be there twice.
 */
export function readSignatures({ headers }: Pick<Call, 'headers'>): SignatureReading {
  const inputText = joined(headers, 'signature-input');
  const signatureText = joined(headers, 'signature');
  if (inputText === undefined && signatureText === undefined) return NONE;
  if (inputText === undefined || signatureText === undefined) return malformed('one of the two fields is missing');
  if (inputText.length > FIELD_CHARACTERS_MAX || signatureText.length > FIELD_CHARACTERS_MAX)
    return malformed('a signature field is too long');
  const inputs = readDictionary(inputText);
  const values = readDictionary(signatureText);
  if (inputs === undefined || values === undefined) return malformed('a signature field is no dictionary');
  if (inputs.size !== values.size || inputs.size > SIGNATURES_MAX)
    return malformed('the two fields do not name the same few signatures');
  const signatures: RequestSignature[] = [];
  for (const [label, input] of inputs) {
    const value = values.get(label);
    if (value === undefined || isInnerList(value) || value[1].size > 0)
      return malformed('a signature is missing or no byte sequence');
    const signature = bytesOf(value[0]);
    if (signature === undefined || signature.length === 0) return malformed('a signature is no byte sequence');
    if (!isInnerList(input)) return malformed('what a signature covers is no list');
    const [items, parameters] = input;
    const components = readComponents(items);
    if (typeof components === 'string') return malformed(components);
    const read = readParameters(parameters);
    if (typeof read === 'string') return malformed(read);
    signatures.push({ components, parametersText: memberText(input), ...read, signature });
  }
  return { kind: 'signatures', signatures };
}

/** Values of a field in the order of their lines, as one list (RFC 9421 §2.1); undefined where there is none. */
export function joined(headers: Call['headers'], name: string): string | undefined {
  const first = headerValue(headers, name);
  if (first === undefined) return undefined;
  let text: string | undefined;
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === name) {
      const value = withoutPadding(headers[i + 1] ?? '');
      text = text === undefined ? value : `${text}, ${value}`;
    }
  return text;
}

/**
 * Without spaces and tabs at its ends, and nothing else (RFC 9110 §5.5): a no-break space that was taken off too would not
 * be signed, and still be forwarded.
 */
export function withoutPadding(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isPadding(value, start)) start++;
  while (end > start && isPadding(value, end - 1)) end--;
  return value.slice(start, end);
}

function isPadding(value: string, at: number): boolean {
  const code = value.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

const NONE: SignatureReading = Object.freeze({ kind: 'none' });

function malformed(detail: string): SignatureReading {
  return { kind: 'malformed', detail };
}

function readComponents(items: readonly Item[]): readonly Component[] | string {
  if (items.length > COMPONENTS_MAX) return 'a signature covers too many components';
  const seen = new Set<string>();
  const components: Component[] = [];
  for (const item of items) {
    const [name, given] = item;
    if (typeof name !== 'string' || !isComponentName(name)) return 'a component is no name in lower case';
    const parameters = new Map<string, string | true>();
    for (const [key, value] of given) {
      if (!(PARAMETERS[key] === typeof value && value !== false))
        return 'a component has a parameter that is unknown or of another type';
      parameters.set(key, value === true ? true : String(value));
    }
    // The order of parameters makes no other component (RFC 9421 §2).
    const identity = JSON.stringify([name, ...[...parameters].sort(([one], [other]) => (one < other ? -1 : 1))]);
    if (seen.has(identity)) return 'a component is covered twice';
    seen.add(identity);
    components.push({ name, identifier: memberText(item), parameters });
  }
  return components;
}

/** Parameters of components (RFC 9421 §6.5.2) and their types. */
const PARAMETERS: Readonly<Record<string, 'boolean' | 'string'>> = Object.assign(Object.create(null), {
  sf: 'boolean',
  key: 'string',
  bs: 'boolean',
  tr: 'boolean',
  req: 'boolean',
  name: 'string',
});

function isComponentName(name: string): boolean {
  if (name === '' || name.length > TEXT_CHARACTERS_MAX) return false;
  for (let i = name.startsWith('@') ? 1 : 0; i < name.length; i++)
    if (!"abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~".includes(name.charAt(i))) return false;
  return true;
}

type Parameters = Pick<RequestSignature, 'created' | 'expires' | 'nonce' | 'algorithm' | 'keyId' | 'tag'>;

function readParameters(parameters: ReadonlyMap<string, unknown>): Parameters | string {
  for (const [name, value] of parameters)
    switch (name) {
      case 'created':
      case 'expires':
        if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > SECONDS_MAX)
          return `${name} is no number of seconds`;
        break;
      case 'nonce':
      case 'alg':
      case 'keyid':
      case 'tag':
        if (typeof value !== 'string' || value === '' || value.length > TEXT_CHARACTERS_MAX)
          return `${name} is no text of a sane length`;
        break;
      default:
        return 'a signature has an unknown parameter';
    }
  const seconds = (name: string): number | undefined => {
    const value = parameters.get(name);
    return typeof value === 'number' ? value : undefined;
  };
  const text = (name: string): string | undefined => {
    const value = parameters.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    created: seconds('created'),
    expires: seconds('expires'),
    nonce: text('nonce'),
    algorithm: text('alg'),
    keyId: text('keyid'),
    tag: text('tag'),
  };
}
