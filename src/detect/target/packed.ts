import { type Evidence, structureFeature } from '../evidence.ts';

const JAVA = structureFeature('packed.java-object');
const PHP = structureFeature('packed.php-object');
const PHP_ARRAY = structureFeature('packed.php-array');
const DOTNET = structureFeature('packed.dotnet-formatter');
const PICKLE = structureFeature('packed.python-pickle');
const YAML_TAG = structureFeature('packed.yaml-type');
const NODE = structureFeature('packed.node-function');
const TYPE_FIELD = structureFeature('packed.json-type-of-class');
const RUBY = structureFeature('packed.ruby-marshal');

/** Marks at the beginning of a token, as they stand in text or in base64; `longer`: so many characters of the alphabet of base64 have to follow. */
const MARKS: readonly (readonly [mark: string, feature: number, longer: number])[] = [
  ['rO0AB', JAVA, 0],
  ['aced0005', JAVA, 0],
  ['ACED0005', JAVA, 0],
  ['ac ed 00 05', JAVA, 0],
  ['\u00ac\u00ed', JAVA, 0],
  ['H4sIA', JAVA, 56],
  ['AAEAAAD', DOTNET, 0],
  ['/wEy', DOTNET, 6],
  ['/wEP', DOTNET, 6],
  ['gASV', PICKLE, 8],
  ['gAJ', PICKLE, 12],
  ['gANj', PICKLE, 8],
  ['gAN9', PICKLE, 8],
  ['gAR9', PICKLE, 8],
  ['Y3Bvc2l4', PICKLE, 0],
  ['KGNwb3NpeA', PICKLE, 0],
  ['Y29zCnN5c3Rlb', PICKLE, 0],
  ['cos\nsystem', PICKLE, 0],
  ['cposix\n', PICKLE, 0],
  ['c__builtin__\n', PICKLE, 0],
  ['BAh', RUBY, 6],
  ['Tzo', PHP, 12],
  ['YToy', PHP, 12],
  ['YTox', PHP, 12],
];
const FIRST_UNITS = new Set(MARKS.map(([mark]) => mark.charCodeAt(0)));

/**
 * Looks for serialised objects that run code while they are read, by the marks their formats begin with. Names in base64 are matched as they
 * stand, at the beginning of a token.
 */
export function readPacked(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  if (start === 0 && units[0] === 0x80) evidence.add(PICKLE, 0, 1);
  let previous = 0;
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    if (!isInsideToken(previous) && FIRST_UNITS.has(unit)) markAt(units, i, end, evidence);
    if (unit === 0x3a) phpAt(units, i, start, end, evidence);
    else if (unit === 0x21 && units[i + 1] === 0x21) yamlAt(units, i, end, evidence);
    else if (unit === 0x21 && begins(units, i, end, '!ruby/')) evidence.add(YAML_TAG, i, i + 6);
    else if (unit === 0x5f && begins(units, i, end, '_$$ND_FUNC$$_')) evidence.add(NODE, i, i + 13);
    else if (unit === 0x40 && begins(units, i, end, '@type"')) evidence.add(TYPE_FIELD, i, i + 6);
    else if (unit === 4 && units[i + 1] === 8 && i + 1 < end) evidence.add(RUBY, i, i + 2);
    previous = unit;
  }
}

function markAt(units: Uint16Array, at: number, end: number, evidence: Evidence): void {
  for (const [mark, feature, longer] of MARKS) {
    if (!begins(units, at, end, mark)) continue;
    let i = at + mark.length;
    const most = Math.min(end, i + longer);
    while (i < most && isInsideToken(units[i] ?? 0)) i++;
    if (i - at - mark.length >= longer) evidence.add(feature, at, at + mark.length);
  }
}

/** The alphabets of base64. */
function isInsideToken(unit: number): boolean {
  return (
    ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x2b ||
    unit === 0x2f ||
    unit === 0x2d ||
    unit === 0x5f
  );
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

const YAML_TAGS = ['!!python/', '!!javax.', '!!java.', '!!com.', '!!org.', '!!js/', '!!ruby'];

function yamlAt(units: Uint16Array, at: number, end: number, evidence: Evidence): void {
  for (const tag of YAML_TAGS) {
    if (begins(units, at, end, tag)) evidence.add(YAML_TAG, at, at + tag.length);
  }
}

function begins(units: Uint16Array, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (units[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
