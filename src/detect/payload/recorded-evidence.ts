import type { CallEvent } from '../../core/event.ts';
import { type EvidenceWords, evidenceWords } from './evidence-words.ts';

/** One value of a call that looked like an attack, as far as that was recorded: nothing of the value itself. */
export interface RecordedEvidence {
  /** Class of the attack. */
  readonly attack: string;
  /** The mildest profile that refuses it, or `near` where none does. */
  readonly severity: string;
  /** Key path, as exceptions name it. */
  readonly path: string;
  /** The same in words, with what `decision` holds where it is there. */
  readonly words: EvidenceWords;
  /** Only of the value that decided. */
  readonly decision: EvidenceDetail | undefined;
}

export interface EvidenceDetail {
  /** From 0 to 1, to the hundredth. */
  readonly probability: number;
  /** Where in the call: json, query, … */
  readonly location: string;
  /** True: it was the name of a member, not its value. */
  readonly isName: boolean;
  readonly decoded: readonly string[];
  /** Offsets in the decoded value. */
  readonly spans: readonly { readonly start: number; readonly end: number }[];
  readonly contributions: readonly { readonly feature: string; readonly weight: number }[];
  readonly score: number | undefined;
  readonly threshold: number | undefined;
  readonly profile: string;
  /** What would let it through, ready to be used; empty where the record was cut. */
  readonly exception: string;
}

const SIGNAL = /^payload\.([a-z0-9_]{1,32}):(relaxed|default|strict|near):(.{1,256})$/;
const FIRST = /^([a-z0-9_]{1,32}) with (\d{1,3}) % in (a name in )?(.{1,256}) \(([a-z0-9-]{1,32})\)$/;
const SCORE = /^score (-?\d{1,6}\.\d), threshold (-?\d{1,6}\.\d) \((\w{1,32})\)$/;

/** What a record says of the values of a call, in the order they were told of. Reads what `detailOf` and the judge wrote. */
export function recordedEvidence(event: Pick<CallEvent, 'signals' | 'trace' | 'detail'>): readonly RecordedEvidence[] {
  const text = event.trace.find(({ stage }) => stage === 'inspect')?.detail ?? event.detail;
  const decided = readDetail(text);
  return event.signals.flatMap((signal) => {
    const [, attack, severity, path] = SIGNAL.exec(signal) ?? [];
    if (attack === undefined || severity === undefined || path === undefined) return [];
    const isDecided = decided?.attack === attack && decided.path === path;
    const decision = isDecided ? decided.detail : undefined;
    return [{ attack, severity, path, words: evidenceWords({ attack, ...(decision ?? UNTOLD) }), decision }];
  });
}

/** What a detail says, as a sentence without names of this program; undefined for what is none. */
export function evidenceSentence(detail: string): string | undefined {
  const read = readDetail(detail);
  if (read === undefined) return undefined;
  const { what, where } = evidenceWords({ attack: read.attack, ...read.detail });
  return `what looks like ${what} in ${where === '' ? read.path : `${where}, at ${read.path}`}`;
}

const UNTOLD = { location: '', isName: false, decoded: [], contributions: [] } as const;

function readDetail(text: string): { attack: string; path: string; detail: EvidenceDetail } | undefined {
  const pieces = text.split('; ');
  const [, attack, percent, name, place, location] = FIRST.exec(pieces[0] ?? '') ?? [];
  if (attack === undefined || percent === undefined || place === undefined || location === undefined) return undefined;
  const after = (prefix: string): string =>
    pieces.find((piece) => piece.startsWith(prefix))?.slice(prefix.length) ?? '';
  const [, score, threshold, profile = ''] = SCORE.exec(pieces.find((piece) => piece.startsWith('score ')) ?? '') ?? [];
  const isName = name !== undefined;
  return {
    attack,
    path: isName ? `${place}.*` : place,
    detail: {
      probability: Number(percent) / 100,
      location,
      isName,
      decoded: wordsIn(after('decoded: '), ' '),
      spans: wordsIn(after('at '), ' ').map((span) => {
        const [start = 0, end = 0] = span.split('-').map(Number);
        return { start, end };
      }),
      contributions: contributionsIn(text),
      score: score === undefined ? undefined : Number(score),
      threshold: threshold === undefined ? undefined : Number(threshold),
      profile,
      exception: after('exception: '),
    },
  };
}

const FOR_IT = '; for it: ';
const CONTRIBUTION = /(.{1,64}?) ([+-]\d{1,3}\.\d)(?:, |; |$)/gy;

/** Names of features may hold what stands between pieces, and so this is not read piece by piece. */
function contributionsIn(text: string): EvidenceDetail['contributions'] {
  const at = text.indexOf(FOR_IT);
  if (at < 0) return [];
  return [...text.slice(at + FOR_IT.length).matchAll(CONTRIBUTION)].map(([, feature = '', weight]) => ({
    feature,
    weight: Number(weight),
  }));
}

function wordsIn(text: string, separator: string): string[] {
  return text === '' ? [] : text.split(separator);
}
