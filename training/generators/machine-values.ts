import type { Leaf } from '../../src/detect/leaf.ts';
import { valueLeaf } from '../datasets.ts';
import type { Random } from '../random.ts';
import { callTo, leavesOf } from '../recorded-call.ts';
import { sectionsOf } from './forms.ts';
import { asSent, type BenignSide, benignTemplatesOf, fill, type Slots } from './templates.ts';
import { agentSalad, wordSalad } from './word-salad.ts';

/** Fields of requests and single cookies, `name: value`, and what programs send in parameters and documents. */
const LINES = sectionsOf(new URL('./machine-lines.txt', import.meta.url));

const SLOTS: Slots = {
  host: ['www.example.com', 'api.«w».io', '«w».«w».example', 'cdn.«w».net', '«w».de'],
  name: ['Ann «w»', "«w» O'Neil", 'José «w»', '«w» Müller-«w»'],
  email: ['«w»@«host»', '«w».«w»+«w»@«host»'],
};

/** What is random from end to end, with what may stand before it. */
const SECRETS = [
  '«b64»',
  '«b64u»',
  '«rand»',
  '«hex»',
  '«uuid»',
  '«b64u».«b64u»',
  '«jwt»',
  '«w»_«w»_«rand»',
  '«hex»:«hex»',
];
const SCHEMES = ['', '', 'Bearer ', 'Token ', 'ApiKey ', 'sha256=', 'v1=', 'Negotiate '];
const PRINTABLE_FIRST = 0x21;
const PRINTABLE_COUNT = 94;
const RANDOM_SHARE = 0.3;
const CONDITIONS_SHARE = 0.04;
const SALAD_SHARE = 0.4;
const AGENTS_SHARE = 0.03;
/** What interfaces call the conditions they take, the members of records, and comparisons. */
const CONDITIONS = ['filter', 'filters', 'where', 'conditions', 'criteria', 'selector', 'match'];
const MEMBERS = [
  'status',
  'createdAt',
  'price',
  'user.id',
  'tags',
  'age',
  'author',
  'publishedAt',
  'country',
  'qty',
  'role',
  'email',
];
const COMPARISONS = ['eq', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'not'];

interface Lines {
  readonly fields: readonly string[];
  readonly values: readonly string[];
}

const BY_SIDE: Readonly<Record<BenignSide, Lines>> = {
  train: linesOf('train'),
  test: linesOf('test'),
  calibration: linesOf('calibration'),
};

function linesOf(side: BenignSide): Lines {
  return {
    fields: benignTemplatesOf(LINES['fields'] ?? [], side),
    values: benignTemplatesOf(LINES['values'] ?? [], side),
  };
}

/** What is read of one harmless value as machines make it, where it stands: a field, a cookie, a parameter, a member of a document. */
export function machineLeaves(side: BenignSide, random: Random): Leaf[] {
  if (random.chance(RANDOM_SHARE)) return random.chance(0.4) ? [valueLeaf(password(random))] : secretLeaves(random);
  if (random.chance(CONDITIONS_SHARE)) return conditionLeaves(random);
  if (random.chance(SALAD_SHARE)) return [valueLeaf(asSent(wordSalad(random), random))];
  if (random.chance(AGENTS_SHARE)) return fieldLeaves('user-agent', agentSalad(random));
  const { fields, values } = BY_SIDE[side];
  if (random.chance(0.5)) return [valueLeaf(asSent(fill(random.pick(values), SLOTS, random), random))];
  const [name, value] = inTwo(fill(random.pick(fields), SLOTS, random));
  if (name === 'path') return leavesOf({ call: callTo('GET', value, []), body: new Uint8Array() });
  if (name !== 'cookie') return fieldLeaves(name, value);
  const [cookie, text] = inTwo(value);
  return fieldLeaves('cookie', `${cookie}=${text}`);
}

/** `name: value` */
function inTwo(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
}

/** As the gateway reads the field of a call: what is encoded or nested in it, too. */
function fieldLeaves(name: string, value: string): Leaf[] {
  return leavesOf({ call: callTo('GET', '/', [name, value]), body: new Uint8Array() });
}

function secretLeaves(random: Random): Leaf[] {
  const secret = fill(random.pick(SECRETS), SLOTS, random);
  if (random.chance(0.4)) return [valueLeaf(secret)];
  if (random.chance(0.3)) return fieldLeaves('cookie', `session=${secret}`);
  if (random.chance(0.3)) return fieldLeaves('authorization', `Basic ${basic(random)}`);
  return fieldLeaves(random.pick(['authorization', 'x-api-key', 'signature']), `${random.pick(SCHEMES)}${secret}`);
}

/** `filters[$or][0][price][$gte]=5`, and the same as a document. */
function conditionLeaves(random: Random): Leaf[] {
  const name = random.pick(CONDITIONS);
  const member = random.pick(MEMBERS);
  const comparison = random.pick(COMPARISONS);
  const joins = random.chance(0.4);
  if (random.chance(0.5)) {
    const query = `${name}${joins ? `[$${random.pick(['or', 'and'])}][${random.below(3)}]` : ''}[${member}][$${comparison}]=${random.below(90)}`;
    return leavesOf({ call: callTo('GET', `/?${query}`, []), body: new Uint8Array() });
  }
  const condition = { [member]: { [`$${comparison}`]: random.chance(0.5) ? random.below(90) : 'a' } };
  const document = { [name]: joins ? { $and: [condition, { $or: [condition] }] } : condition };
  const body = Buffer.from(JSON.stringify(document));
  return leavesOf({ call: callTo('POST', '/', ['content-type', 'application/json']), body });
}

/** Secrets of one kind from end to end, where requests have them. */
export const SECRET_KINDS: Readonly<Record<string, (random: Random) => Leaf[]>> = {
  'bearer tokens': (random) => fieldLeaves('authorization', fill('Bearer «b64u»', SLOTS, random)),
  'basic credentials': (random) => fieldLeaves('authorization', `Basic ${basic(random)}`),
  base64: (random) => [valueLeaf(fill('«b64»', SLOTS, random))],
  base64url: (random) => [valueLeaf(fill('«b64u»', SLOTS, random))],
  'letters and digits': (random) => [valueLeaf(fill('«rand»', SLOTS, random))],
  passwords: (random) => [valueLeaf(password(random))],
};

/** A name and a password (RFC 7617 §2). */
function basic(random: Random): string {
  return Buffer.from(`${fill('«w»', SLOTS, random)}:${password(random)}`).toString('base64');
}

/** As people's programs make them: every character that can be typed. */
function password(random: Random): string {
  const length = 8 + random.below(17);
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(PRINTABLE_FIRST + random.below(PRINTABLE_COUNT));
  return text;
}
