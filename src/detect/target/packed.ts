import { type Evidence, structureFeature } from '../evidence.ts';
import type { Leaf } from '../leaf.ts';
import { afterBlanks, begins, isBlank, isDigit, isLatinLetter, isNameUnit } from '../unit-kinds.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

const JAVA = structureFeature('packed.java-object');
const PHP = structureFeature('packed.php-object');
const PHP_ARRAY = structureFeature('packed.php-array');
const DOTNET = structureFeature('packed.dotnet-formatter');
const PICKLE = structureFeature('packed.python-pickle');
const YAML_TAG = structureFeature('packed.yaml-type');
const NODE = structureFeature('packed.node-function');
const TYPE_FIELD = structureFeature('packed.json-type-of-class');
const RUBY = structureFeature('packed.ruby-marshal');
export const CLASS_CHOSEN = structureFeature('packed.class-chosen-by-document');
const ELEMENT_CLASS = structureFeature('packed.element-named-by-class');
const GADGET = structureFeature('packed.gadget-class');

/** Marks at the beginning of a token, as they stand in text or in base64; `longer`: so many characters of the alphabet of base64 have to follow. */
const MARKS: readonly (readonly [mark: string, feature: number, longer: number])[] = [
  ['rO0AB', JAVA, 0],
  ['aced0005', JAVA, 0],
  ['ACED0005', JAVA, 0],
  ['ac ed 00 05', JAVA, 0],
  ['\u00ac\u00ed', JAVA, 0],
  ['AAEAAAD', DOTNET, 0],
  ['/wEy', DOTNET, 6],
  ['/wEP', DOTNET, 6],
  ['gASV', PICKLE, 8],
  ['gAWV', PICKLE, 8],
  ['gAJ', PICKLE, 12],
  ['gAN', PICKLE, 12],
  ['gANj', PICKLE, 8],
  ['gAN9', PICKLE, 8],
  ['gAR9', PICKLE, 8],
  ['gARj', PICKLE, 8],
  ['Y3Bvc2l4', PICKLE, 0],
  ['KGNwb3NpeA', PICKLE, 0],
  ['Y29zCnN5c3Rlb', PICKLE, 0],
  ['cos\nsystem', PICKLE, 0],
  ['cposix\n', PICKLE, 0],
  ['c__builtin__\n', PICKLE, 0],
  ['cbuiltins\n', PICKLE, 0],
  ['csubprocess\n', PICKLE, 0],
  ['ccommands\n', PICKLE, 0],
  ['cimportlib\n', PICKLE, 0],
  ['crunpy\n', PICKLE, 0],
  ['csocket\n', PICKLE, 0],
  ['csys\n', PICKLE, 0],
  ['cnt\nsystem', PICKLE, 0],
  ['BAh', RUBY, 6],
  // `O:` and a digit or a sign.
  ...Array.from('wxyz012345r', (digit) => [`Tzo${digit}`, PHP, 11] as const),
  ['YToy', PHP, 12],
  ['YTox', PHP, 12],
];
const NAME_UNITS_MAX = 128;

/** Members a reader of JSON takes a class from: any name of one, or only one with its package, as others use the member too. */
const ANY_CLASS = 1;
const QUALIFIED_CLASS = 2;
const TYPE_MEMBERS = new WordTable([
  ['^o ^c ^u py/object py/type py/function py/reduce py/newargs py/repr json_class', ANY_CLASS],
  ['@type $type @class @c __type class type', QUALIFIED_CLASS],
]);

/** Ends of key paths, for values that came with one; in a path of brackets one more follows. */
const DISCRIMINATOR = /[.[](?:[@$]type|@class|@c|__type|\^c|py\/object|py\/type|json_class)\]?$/;
/** `java.net.URL`, `System.Windows.Data.ObjectDataProvider, PresentationFramework`, `[Lcom.sun.rowset.JdbcRowSetImpl;` */
const CLASS_NAME = /^[[L]{0,4}[A-Za-z_]\w{0,63}(?:\.[a-zA-Z_]\w{0,63}){1,9}\.[A-Z_]\w{0,63}(?:\$\w{1,63})?(?:[;,`[]|$)/;

/** Classes that chains of calls are built of: by their own name, or only with a package before it. */
const TELLING_ALONE = 1;
const TELLING_QUALIFIED = 2;
const GADGETS = new WordTable([
  [
    `invokertransformer constanttransformer chainedtransformer instantiatetransformer instantiatefactory clonetransformer prototypeclonefactory
    badattributevalueexpexception templatesimpl jdbcrowsetimpl annotationinvocationhandler unicastref unicastremoteobject beancomparator convertedclosure
    methodclosure objectdataprovider expandedwrapper assemblyinstaller jndirefforwardingdatasource wrapperconnectionpooldatasource jndiconverter
    xmldecoder scriptenginemanager processbuilder jndidatasourcefactory jndiobjectfactory classpathxmlapplicationcontext propertypathfactorybean
    nativestring windowsidentity typeconfusedelegate textformattingrunproperties sessionsecuritytoken`,
    TELLING_ALONE,
  ],
  [
    `lazymap transformedmap tiedmapentry transformingcomparator whileclosure forclosure ifclosure transformerclosure switchclosure
    priorityqueue roleprincipal xamlreader resourceset urlclassloader initialcontext objectfactory`,
    TELLING_QUALIFIED,
  ],
]);

/** What a character may be part of or begin, one bit each. */
const TOKEN = 1;
const LETTER = 2;
/** `_` and letters: a class's name does not begin after them. */
const JOINED = 4;
const MARK = 8;
const SIGN = 16;
const ROLES_OF = roles();

const MARKS_AT = new Map(
  MARKS.map(([mark]) => [mark.charCodeAt(0), MARKS.filter(([other]) => other.startsWith(mark.charAt(0)))]),
);

/**
 * Looks for serialised objects that run code while they are read, by the marks their formats begin with. Names in base64 are matched as they
 * stand, at the beginning of a token.
 */
export function readPacked(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  if (start === 0 && units[0] === 0x80) evidence.add(PICKLE, 0, 1);
  let before = 0;
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    const roles = ROLES_OF[unit] ?? 0;
    if ((roles & MARK) !== 0 && (before & TOKEN) === 0) markAt(units, i, end, evidence);
    if ((roles & SIGN) !== 0) signAt(units, i, start, end, unit, evidence);
    if ((roles & LETTER) !== 0 && (before & JOINED) === 0) gadgetAt(units, i, start, end, evidence);
    before = roles;
  }
}

function signAt(units: Uint16Array, i: number, start: number, end: number, unit: number, evidence: Evidence): void {
  if (unit === 0x3a) phpAt(units, i, start, end, evidence);
  else if (unit === 0x21 && units[i + 1] === 0x21) yamlAt(units, i, end, evidence);
  else if (unit === 0x21 && begins(units, i, end, '!ruby/')) evidence.add(YAML_TAG, i, i + 6);
  else if (unit === 0x5f && begins(units, i, end, '_$$ND_FUNC$$_')) evidence.add(NODE, i, i + 13);
  else if (unit === 0x40 && begins(units, i, end, '@type"')) evidence.add(TYPE_FIELD, i, i + 6);
  else if (unit === 4 && units[i + 1] === 8 && i + 1 < end) evidence.add(RUBY, i, i + 2);
  else if (unit === 0x22) memberAt(units, i, end, evidence);
  else if (unit === 0x3c && packagesIn(units, i + 1, end) > 1) evidence.add(ELEMENT_CLASS, i, i + 1);
}

function markAt(units: Uint16Array, at: number, end: number, evidence: Evidence): void {
  for (const [mark, feature, longer] of MARKS_AT.get(units[at] ?? 0) ?? []) {
    if (!begins(units, at, end, mark)) continue;
    let i = at + mark.length;
    const most = Math.min(end, i + longer);
    while (i < most && isInsideToken(units[i] ?? 0)) i++;
    if (i - at - mark.length >= longer) evidence.add(feature, at, at + mark.length);
  }
}

/** The alphabets of base64. */
function isInsideToken(unit: number): boolean {
  return ((ROLES_OF[unit] ?? 0) & TOKEN) !== 0;
}

function roles(): Uint8Array {
  const table = new Uint8Array(0x10000);
  for (let unit = 0; unit < 0x80; unit++)
    table[unit] = isLatinLetter(unit) ? TOKEN | LETTER | JOINED : isDigit(unit) ? TOKEN : 0;
  const add = (chars: string, bits: number): void => {
    for (const char of chars) table[char.charCodeAt(0)] = (table[char.charCodeAt(0)] ?? 0) | bits;
  };
  add('+/-_', TOKEN);
  add('_', JOINED);
  add(':!_@\u0004"<', SIGN);
  for (const [mark] of MARKS) add(mark.charAt(0), MARK);
  return table;
}

/** `O:8:"stdClass":0:{`, `a:1:{s:4:"…"` */
function phpAt(units: Uint16Array, colon: number, start: number, end: number, evidence: Evidence): void {
  const kind = colon > start ? (units[colon - 1] ?? 0) | 0x20 : 0;
  if (kind !== 0x6f && kind !== 0x61 && kind !== 0x63) return;
  let i = colon + 1;
  if (units[i] === 0x2b) i++;
  const first = i;
  while (i < end && i < first + 8 && (units[i] ?? 0) >= 0x30 && (units[i] ?? 0) <= 0x39) i++;
  if (i === first || units[i] !== 0x3a || i + 1 >= end) return;
  if (kind === 0x61 ? units[i + 1] === 0x7b : units[i + 1] === 0x22)
    evidence.add(kind === 0x61 ? PHP_ARRAY : PHP, colon - 1, i + 2);
}

/** `"@type": "a.b.C"`: the document says of which class an object is to be made. */
function memberAt(units: Uint16Array, quote: number, end: number, evidence: Evidence): void {
  const most = Math.min(end, quote + 16);
  let hash = HASH_START;
  let i = quote + 1;
  for (; i < most && units[i] !== 0x22; i++) hash = hashUnit(hash, units[i] ?? 0);
  const kind = i < most ? TYPE_MEMBERS.find(hash) : 0;
  if (kind === 0) return;
  i = afterBlanks(units, i + 1, end);
  if (i >= end || units[i] !== 0x3a) return;
  if (kind === ANY_CLASS || packagesIn(units, afterBlanks(units, i + 1, end) + 1, end) > 1)
    evidence.add(CLASS_CHOSEN, quote, i);
}

/**
 * Whether a value stands under a name that readers of objects take the class from, and is the name of a class with its package. In a document
 * that was taken apart neither says anything by itself.
 */
export function isChosenClass({ isKey, location, text, path }: Leaf): boolean {
  return !isKey && location !== 'xml' && text.includes('.') && DISCRIMINATOR.test(path) && CLASS_NAME.test(text);
}

/** How many dots join the name that begins here, letters on both sides of each. */
function packagesIn(units: Uint16Array, at: number, end: number): number {
  const most = Math.min(end, at + NAME_UNITS_MAX);
  let dots = 0;
  let previous = 0;
  for (let i = at; i < most; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x2e) {
      if (!isNameUnit(previous)) return 0;
      dots++;
    } else if (previous === 0x2e ? !isLatinLetter(unit) : !isNameUnit(unit)) break;
    previous = unit;
  }
  return previous === 0x2e ? 0 : dots;
}

/** A word that is the last of a class's name. */
function gadgetAt(units: Uint16Array, at: number, start: number, end: number, evidence: Evidence): void {
  if (!GADGETS.mayBegin(units[at] ?? 0, units[at + 1] ?? 0)) return;
  let hash = HASH_START;
  let i = at;
  const most = Math.min(end, at + 40);
  for (; i < most && isNameUnit(units[i] ?? 0); i++) hash = hashUnit(hash, units[i] ?? 0);
  const kind = GADGETS.find(hash);
  if (
    kind === TELLING_ALONE ||
    (kind === TELLING_QUALIFIED && at - 2 >= start && units[at - 1] === 0x2e && isLatinLetter(units[at - 2] ?? 0))
  )
    evidence.add(GADGET, at, i);
}

const YAML_TAGS = ['!!python/', '!!javax.', '!!java.', '!!com.', '!!org.', '!!js/', '!!ruby', '!!php/'];

function yamlAt(units: Uint16Array, at: number, end: number, evidence: Evidence): void {
  for (const tag of YAML_TAGS) {
    if (begins(units, at, end, tag)) evidence.add(YAML_TAG, at, at + tag.length);
  }
  if (isClassTag(units, at, end)) evidence.add(YAML_TAG, at, at + 2);
}

/** `!!a.b.C [` and `!!a.b.C {`: a class and what its constructor gets. Programs that deny twice go on otherwise. */
function isClassTag(units: Uint16Array, at: number, end: number): boolean {
  if (at > 0 && !isBlank(units[at - 1] ?? 0) && units[at - 1] !== 0x5b) return false;
  if (packagesIn(units, at + 2, end) < 2) return false;
  let i = at + 2;
  const most = Math.min(end, i + NAME_UNITS_MAX);
  while (i < most && (isNameUnit(units[i] ?? 0) || units[i] === 0x2e)) i++;
  const opens = afterBlanks(units, i, end);
  return opens > i && opens < end && (units[opens] === 0x5b || units[opens] === 0x7b);
}
