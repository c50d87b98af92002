import { ATTACK_WORDS } from '../../core/reasons/payload.ts';
import type { LeafLocation } from '../leaf.ts';
import type { Decoder } from '../normalise/variants.ts';
import { STRUCTURE_WORDS } from '../structure-words.ts';

/** What was found, for people; the names and figures behind it stand beside it. */
export interface EvidenceWords {
  /** `an injection of SQL` */
  readonly what: string;
  /** `the query`; empty where it was not recorded. */
  readonly where: string;
  /** What was undone to read it, outermost first: `percent-encoding`. */
  readonly decoded: readonly string[];
  /** `a second query put on by UNION SELECT`, what weighs most first. */
  readonly found: readonly string[];
}

/** The recorded names that words are made of. */
interface NamedEvidence {
  readonly attack: string;
  readonly location: string;
  readonly isName: boolean;
  readonly decoded: readonly string[];
  readonly contributions: readonly { readonly feature: string; readonly weight: number }[];
}

const LOCATION_WORDS: Readonly<Record<LeafLocation, string>> = {
  path: 'the path',
  query: 'the query',
  header: 'a header field',
  cookie: 'a cookie',
  form: 'the form of the body',
  json: 'the JSON of the body',
  multipart: 'a part of the body',
  xml: 'the XML of the body',
  graphql: 'the GraphQL of the body',
  protobuf: 'the Protocol Buffers of the body',
  token: 'a token',
  raw: 'the body',
};

const DECODER_WORDS: Readonly<Record<Decoder | 'base64url' | 'jwt' | 'joined' | 'json-string', string>> = {
  percent: 'percent-encoding',
  'percent-twice': 'percent-encoding within percent-encoding',
  'percent-u': 'percent-encoding of 16 bits (%u)',
  'overlong-utf8': 'overlong UTF-8',
  'html-entity': 'HTML entities',
  escape: 'escapes of a string (\\x, \\u)',
  compatibility: 'letters that look alike',
  comments: 'comments and quotes within words',
  base64: 'base64',
  'base64-twice': 'base64 within base64',
  hex: 'hexadecimal digits',
  base64url: 'base64url',
  jwt: 'a JSON Web Token',
  joined: 'values of one name joined',
  'json-string': 'JSON within a string',
};

const GRAMMAR_WORDS: Readonly<Record<string, string>> = {
  sql: 'words and signs in the order of SQL',
  markup: 'words and signs in the order of HTML',
  code: 'words and signs in the order of a program',
  shell: 'words and signs in the order of a shell command',
};

export function evidenceWords({ attack, location, isName, decoded, contributions }: NamedEvidence): EvidenceWords {
  const speaking = contributions.filter(({ weight }) => weight > 0);
  const place = wordOf(LOCATION_WORDS, location);
  return {
    what: wordOf(ATTACK_WORDS, attack) || attack,
    where: isName && place !== '' ? `a name in ${place}` : place,
    decoded: decoded.map((name) => wordOf(DECODER_WORDS, name) || name),
    found: [...new Set(speaking.flatMap(({ feature }) => featureWords(feature)))],
  };
}

/** Words of a feature by its name, see `featureName`; none for what is evidence only beside others. */
function featureWords(feature: string): readonly string[] {
  const [kind = '', ...rest] = feature.split(' ');
  const text = rest.join(' ');
  if (kind === 'word' || kind === 'text') return [`the ${kind} “${text}”`];
  if (kind === 'both') return rest.map((name) => wordOf(STRUCTURE_WORDS, name)).filter((words) => words !== '');
  const words = wordOf(rest.length === 0 ? STRUCTURE_WORDS : GRAMMAR_WORDS, kind);
  return words === '' ? [] : [words];
}

/** Records name what another version knew. */
function wordOf(words: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(words, name) ? (words[name] ?? '') : '';
}
