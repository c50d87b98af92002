import type { Observation, Severity } from '../core/finding.ts';
import { StrengthMeter, type Weakness } from '../crypto/strength/strength-meter.ts';
import type { Random } from '../ports.ts';

/** What values come from: ids of tokens, tokens an issuer was asked about, keys that were taken over, cookies the API sets. */
export const STRENGTH_SOURCES = ['jti', 'token', 'key', 'cookie'] as const;
export type StrengthSource = (typeof STRENGTH_SOURCES)[number];

const SIGNAL = 'credential.predictable:';
const KINDS: readonly Weakness['kind'][] = ['sequential', 'time-based', 'low-entropy'];
/** Values looked at in a second, and at once: a sample is enough, and it must cost nothing on a busy thread. */
const PER_SECOND = 50;
const METERS_MAX = 64;
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** Judges samples of the credentials that pass on one thread. Keeps no more of them than its meters do. */
export class CredentialStrength {
  readonly #k0: number;
  readonly #k1: number;
  readonly #meters = new Map<string, StrengthMeter>();
  #left = PER_SECOND;
  #filledAtMs = 0;

  constructor(random: Random) {
    const key = new DataView(Uint8Array.from(random.bytes(8)).buffer);
    this.#k0 = key.getInt32(0);
    this.#k1 = key.getInt32(4);
  }

  /** Whether one more call may be looked at now; if so, it is counted. */
  takesSample(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    this.#left = Math.min(PER_SECOND, this.#left + (elapsedMs * PER_SECOND) / 1_000);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  /** The signal of a source whose values are predictable, when there is something new to say. `name`: of authenticator or cookie. */
  observe(source: StrengthSource, name: string, value: string, nowMs: number): string | undefined {
    const place = `${source}:${name}`;
    let meter = this.#meters.get(place);
    if (meter === undefined) {
      if (this.#meters.size >= METERS_MAX || !NAME.test(name)) return undefined;
      meter = new StrengthMeter(this.#k0, this.#k1);
      this.#meters.set(place, meter);
    }
    const weakness = meter.observe(value, nowMs);
    if (weakness === undefined) return undefined;
    return `${SIGNAL}${weakness.kind}:${weakness.observed}:${Math.round(weakness.bits)}:${place}`;
  }
}

/** What such a signal means; undefined where it is another one. */
export function predictableOf(
  signal: string,
  { timeMs, requestId, routeId }: { readonly timeMs: number; readonly requestId: string; readonly routeId: string },
): Observation | undefined {
  if (!signal.startsWith(SIGNAL)) return undefined;
  const [word = '', observed = '', bits = '', from = '', name = ''] = signal.slice(SIGNAL.length).split(':', 5);
  const kind = KINDS.find((one) => one === word);
  const source = STRENGTH_SOURCES.find((one) => one === from);
  if (kind === undefined || source === undefined || !NAME.test(name)) return undefined;
  return {
    detector: 'credential.predictable',
    actor: `${source} ${name}`,
    subject: kind,
    severity: SEVERITIES[source],
    certainty: CERTAINTY,
    title: `${WHAT[source]} ${name} are ${HOW[kind]}: of ${observed} that were looked at, about ${bits} bits differ${
      kind === 'time-based' ? ' besides the time' : ''
    } (route ${routeId || 'none'})`,
    timeMs,
    requestId,
  };
}

/** What is estimated is an upper bound, but what has the figures of a counter may be signed or checked otherwise. */
const CERTAINTY = 0.9;

/** The id of a signed token needs to be unique, not secret: that it can be guessed opens nothing by itself. */
const SEVERITIES: Readonly<Record<StrengthSource, Severity>> = {
  jti: 'low',
  token: 'high',
  key: 'high',
  cookie: 'high',
};

const WHAT: Readonly<Record<StrengthSource, string>> = {
  jti: 'the ids (jti) of tokens of',
  token: 'the tokens of',
  key: 'the imported keys of',
  cookie: 'values of the cookie',
};

const HOW: Readonly<Record<Weakness['kind'], string>> = {
  sequential: 'a sequence',
  'time-based': 'made of the time',
  'low-entropy': 'too short or too much alike',
};
