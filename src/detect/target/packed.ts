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

/** Looks for serialised objects that run code while they are read, by the marks their formats begin with. Names in base64 are matched as they stand. */
export function readPacked(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  if (
    begins(units, start, end, 'rO0AB') ||
    begins(units, start, end, 'aced0005') ||
    begins(units, start, end, 'ACED0005') ||
    begins(units, start, end, 'ac ed 00 05') ||
    (units[start] === 0xac && units[start + 1] === 0xed)
  ) {
    evidence.add(JAVA, start, start + 4);
  }
  if (begins(units, start, end, 'H4sIA') && end - start > 60) evidence.add(JAVA, start, start + 5);
  if (begins(units, start, end, 'AAEAAAD') || begins(units, start, end, '/wEy') || begins(units, start, end, '/wEP'))
    evidence.add(DOTNET, start, start + 4);
  if (
    begins(units, start, end, 'gASV') ||
    begins(units, start, end, 'gAJ') ||
    begins(units, start, end, 'gANj') ||
    begins(units, start, end, 'gAN9') ||
    begins(units, start, end, 'gAR9') ||
    begins(units, start, end, 'Y3Bvc2l4') ||
    begins(units, start, end, 'KGNwb3NpeA') ||
    begins(units, start, end, 'Y29zCnN5c3Rlb') ||
    begins(units, start, end, 'cos\nsystem') ||
    begins(units, start, end, 'cposix\n') ||
    begins(units, start, end, 'c__builtin__\n') ||
    units[start] === 0x80
  ) {
    evidence.add(PICKLE, start, start + 3);
  }
  if (begins(units, start, end, 'BAh') || (units[start] === 4 && units[start + 1] === 8))
    evidence.add(RUBY, start, start + 2);
  if (
    begins(units, start, end, 'TzoxMD') ||
    begins(units, start, end, 'Tzo') ||
    begins(units, start, end, 'YToy') ||
    begins(units, start, end, 'YTox')
  )
    evidence.add(PHP, start, start + 3);
  for (let i = start; i + 4 < end; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x3a) phpAt(units, i, start, end, evidence);
    else if (unit === 0x21 && units[i + 1] === 0x21) yamlAt(units, i, end, evidence);
    else if (unit === 0x21 && begins(units, i, end, '!ruby/')) evidence.add(YAML_TAG, i, i + 6);
    else if (unit === 0x5f && begins(units, i, end, '_$$ND_FUNC$$_')) evidence.add(NODE, i, i + 13);
    else if (unit === 0x40 && begins(units, i, end, '@type"')) evidence.add(TYPE_FIELD, i, i + 6);
  }
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
