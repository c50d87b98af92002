import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { AttackClass } from '../src/detect/attack-class.ts';
import type { Leaf, LeafLocation } from '../src/detect/leaf.ts';
import type { Side } from './generators/templates.ts';
import { hashText } from './random.ts';
import { callTo, leavesOf, type RecordedCall, recordedCall } from './recorded-call.ts';

export const DATA = fileURLToPath(new URL('../../shared/data/detect/', import.meta.url));

/** One labelled value, or one labelled request of several leaves of which at least one carries the attack. */
export interface Sample {
  readonly leaves: readonly Leaf[];
  readonly class: AttackClass | 'benign';
  readonly source: string;
  readonly side: Side;
}

export function dataIsThere(): boolean {
  return existsSync(`${DATA}http-params-train.jsonl.gz`);
}

const PLACES: readonly LeafLocation[] = ['query', 'form', 'json', 'query', 'json', 'cookie', 'multipart'];

/** A value where values stand. The place depends on the text alone, so that it says nothing of the class. */
export function valueLeaf(text: string, isKey = false): Leaf {
  const location = PLACES[hashText(text) % PLACES.length] ?? 'query';
  return { location, isKey, path: isKey ? text : 'value', text, decoded: [] };
}

/** A quote, a word, a number: lists of SQL attacks have them, and three characters do nothing. */
const SQL_UNITS_MIN = 4;

export function labelledSamples(): Sample[] {
  return [
    ...httpParams('train'),
    ...httpParams('test'),
    ...libinjection(),
    ...modsecLearn(),
    ...regressionTests(),
  ].filter(
    ({ class: kind, leaves }) => kind !== 'sqli' || leaves.some(({ text }) => text.trim().length >= SQL_UNITS_MIN),
  );
}

function httpParams(side: Side): Sample[] {
  return rows<{ value: string; class: AttackClass | 'benign' }>(`http-params-${side}`).map((row) => ({
    leaves: [valueLeaf(row.value)],
    class: row.class,
    source: 'http-params',
    side,
  }));
}

function libinjection(): Sample[] {
  return rows<{ value: string; class: AttackClass | 'benign' }>('libinjection').map((row) => {
    const value = decodeForm(row.value);
    return { leaves: [valueLeaf(value)], class: row.class, source: 'libinjection', side: sideOf(value) };
  });
}

function modsecLearn(): Sample[] {
  return rows<{ query: string; file: string }>('modsec-learn-sqli').map((row) => {
    const value = decodeForm(row.query.slice(row.query.indexOf('=') + 1));
    return { leaves: [valueLeaf(value)], class: 'sqli', source: `modsec-learn ${row.file}`, side: sideOf(value) };
  });
}

interface RegressionRow {
  readonly family: string;
  readonly rule: number;
  readonly test: number;
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly data: string | null;
  readonly expect: readonly number[] | null;
}

/** What each family, and within the mixed ones each rule, attacks; undefined for those that are no injection into a value. */
function regressionClass(row: RegressionRow): AttackClass | undefined {
  const family = row.family.slice(8, 11);
  if (family === '942') return 'sqli';
  if (family === '941') return 'xss';
  if (family === '932') return MAIL_COMMANDS.has(row.rule) ? 'crlf' : 'cmd';
  if (family === '930') return 'traversal';
  if (family === '931') return 'ssrf';
  if (family === '933') return 'code';
  if (family === '934') {
    if (row.rule === 934130 || row.rule === 934131) return 'prototype';
    if ([934110, 934120, 934190, 934170].includes(row.rule)) return 'ssrf';
    if ([934180, 934200].includes(row.rule)) return 'template';
    return [934210, 934220].includes(row.rule) ? undefined : 'code';
  }
  if (family === '944')
    return [944150, 944151, 944152].includes(row.rule)
      ? 'log4shell'
      : [944200, 944210, 944240, 944300].includes(row.rule)
        ? 'deserialisation'
        : 'code';
  if (family === '921') {
    if (row.rule === 921200) return 'ldap';
    return [921120, 921130, 921140, 921150, 921151, 921160, 921190].includes(row.rule) ? 'crlf' : undefined;
  }
  return undefined;
}

/**
 * Rules that fire on what is no attack in itself, whatever the rest of the call: names of classes and functions, words of a language,
 * counts of punctuation, names of uploaded files, links to other hosts, words in base64. A value is not refused for such.
 */
const NO_ATTACK_IN_A_VALUE = new Set([
  930130, 930140, 931130, 931131, 931120, 932180, 932270, 932271, 932330, 932331, 933110, 933111, 933151, 933152,
  933153, 933161, 933190, 941101, 941181, 942110, 942120, 942220, 942400, 942410, 942420, 942421, 942430, 942431,
  942432, 942460, 942510, 942511, 944120, 944130, 944140, 944210, 944260, 944300,
]);
/** Commands of mail servers after a line end: line breaks are what they smuggle in. */
const MAIL_COMMANDS = new Set([932300, 932301, 932310, 932311, 932320, 932321]);
/** One word, a dotted name, an empty call, a word and a bracket: nothing a language would act on. So is a command line without punctuation, which is a sentence. */
const BARE = /^[\s\w.$:-]*(?:\(\s*\)?)?[\s;]*$/;

export function regressionTests(): Sample[] {
  const samples: Sample[] = [];
  for (const row of rows<RegressionRow>('crs-regression')) {
    const kind = regressionClass(row);
    if (kind === undefined || (row.expect ?? []).length === 0 || NO_ATTACK_IN_A_VALUE.has(row.rule)) continue;
    const leaves = leavesOf(regressionCall(row)).filter(({ text }) => !/^OWASP CRS/.test(text) && !BORING.has(text));
    if (
      leaves.some(
        ({ text, isKey, path }) =>
          (kind === 'deserialisation' && !text.includes('.')) ||
          !BARE.test(text) ||
          (kind === 'prototype' && isKey && path !== ''),
      )
    )
      samples.push({
        leaves,
        class: kind,
        source: 'crs',
        side: hashText(`${row.rule}/${row.test}`) % 4 === 3 ? 'test' : 'train',
      });
  }
  return samples;
}

/** As the test sends it: a body without a type is a form to it. */
function regressionCall({ uri, headers, data }: RegressionRow): RecordedCall {
  const fields = Object.entries(headers ?? {}).flatMap(([name, value]) => [name.toLowerCase(), value]);
  if (data !== null && !fields.includes('content-type'))
    fields.push('content-type', 'application/x-www-form-urlencoded');
  return { call: callTo(data === null ? 'GET' : 'POST', uri, fields), body: Buffer.from(data ?? '') };
}

const BORING = new Set([
  'get',
  'post',
  'index.php',
  '/get',
  '/post',
  '/',
  'http',
  'test',
  'value',
  'var',
  'foo',
  'arg',
  'code',
  '300',
  'bar',
]);

export interface BenignRequest extends RecordedCall {
  readonly leaves: readonly Leaf[];
  readonly raw: Buffer;
  readonly host: string;
}

/**
 * Recorded harmless requests. The development set is halved by the number of the request: thresholds come from one half, figures from
 * the other.
 */
export function benignRequests(part: 'train' | 'calibration' | 'validation'): BenignRequest[] {
  const side = part === 'train' ? 'train' : 'dev';
  return rows<{ id: string | number; host: string; raw: string }>(`benign-requests-${side}`)
    .filter(({ id }) => part === 'train' || (hashText(String(id)) % 2 === 0) === (part === 'calibration'))
    .flatMap((row) => {
      const raw = Buffer.from(row.raw, 'base64');
      const recorded = recordedCall(raw);
      return recorded === undefined ? [] : [{ ...recorded, raw, host: row.host, leaves: leavesOf(recorded) }];
    });
}

/** Near doubles share a side: what differs only in numbers and white space is one text to the split. */
function sideOf(text: string): Side {
  return hashText(
    text
      .toLowerCase()
      .replace(/[0-9]+/g, '0')
      .replace(/\s+/g, ' '),
  ) %
    4 ===
    3
    ? 'test'
    : 'train';
}

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text
      .replaceAll('+', ' ')
      .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

function rows<T>(name: string): T[] {
  return gunzipSync(readFileSync(`${DATA}${name}.jsonl.gz`))
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}
