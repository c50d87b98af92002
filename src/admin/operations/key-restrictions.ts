import type { LimitRule } from '../../core/configuration.ts';
import type { ApiKeyRecord } from '../../core/credential.ts';
import { parseQuota, parseRate } from '../../limit/rate-text.ts';
import type { ObjectSchema } from '../json-schema.ts';
import { type AdminAnswer, problem } from '../operation.ts';

/** What a key is confined to, as it is sent. */
export const RESTRICTIONS = {
  routes: {
    type: 'array',
    items: { type: 'string', maxLength: 200 },
    maxItems: 64,
    description: 'route ids the key may be used for, each with methods where not all: orders:GET,HEAD; none means any',
  },
  rate: { type: 'string', maxLength: 40, description: 'calls per time of this key alone, such as 100/1m; empty: none' },
  burst: { type: 'integer', minimum: 1, maximum: 1_000_000_000, description: 'calls that may come at once, with rate' },
  quota: {
    type: 'string',
    maxLength: 40,
    description: 'calls per window of this key alone, such as 10000/1d; empty: none',
  },
  idleSeconds: {
    type: 'integer',
    minimum: -1,
    maximum: 31_622_400,
    description: 'unused for so long the key is disabled; 0: as configured, -1: never',
  },
} as const satisfies ObjectSchema['properties'];

export interface SentRestrictions {
  readonly routes?: readonly string[];
  readonly rate?: string;
  readonly burst?: number;
  readonly quota?: string;
  readonly idleSeconds?: number;
}

/** As the life of keys takes them; `limits` goes on from `before` where only one of its kinds is sent. The answer says what cannot be. */
export function restrictionsOf(
  { routes, rate, burst, quota, idleSeconds }: SentRestrictions,
  before: readonly LimitRule[] = [],
): Partial<Pick<ApiKeyRecord, 'routes' | 'limits' | 'idleSeconds'>> | AdminAnswer {
  let limits = before;
  if (rate !== undefined) {
    limits = limits.filter(({ kind }) => kind !== 'rate');
    if (rate !== '') {
      const parsed = parseRate(rate);
      if (!parsed.ok) return refused('rate', parsed.problem);
      const { permits, windowSeconds } = parsed;
      limits = [...limits, { kind: 'rate', per: ['key'], permits, windowSeconds, burst: burst ?? permits, cost: 1 }];
    }
  }
  if (burst !== undefined && (rate ?? '') === '') return refused('burst', 'burst belongs to a rate: send both');
  if (quota !== undefined) {
    limits = limits.filter(({ kind }) => kind !== 'quota');
    if (quota !== '') {
      const parsed = parseQuota(quota);
      if (!parsed.ok) return refused('quota', parsed.problem);
      const { permits, window } = parsed;
      limits = [...limits, { kind: 'quota', per: ['key'], permits, window, cost: 1 }];
    }
  }
  return {
    ...(routes === undefined ? {} : { routes }),
    ...(rate === undefined && quota === undefined ? {} : { limits }),
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
  };
}

export function isRefused(value: object): value is AdminAnswer {
  return 'contentType' in value;
}

/** The limits of a record as they were sent, or empty texts. */
export function limitTexts(limits: readonly LimitRule[]): {
  readonly rate: string;
  readonly burst: number;
  readonly quota: string;
} {
  const rate = limits.find((rule) => rule.kind === 'rate');
  const quota = limits.find((rule) => rule.kind === 'quota');
  return {
    rate: rate === undefined ? '' : `${rate.permits}/${secondsText(rate.windowSeconds)}`,
    burst: rate?.burst ?? 0,
    quota: quota === undefined ? '' : `${quota.permits}/${windowText(quota.window)}`,
  };
}

function windowText(window: 'day' | 'month' | number): string {
  if (window === 'day') return '1d';
  return window === 'month' ? '1mo' : secondsText(window);
}

function secondsText(seconds: number): string {
  // One day of a quota is a day of the calendar: so many seconds that are not are said in hours.
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ] as const)
    if (seconds % length === 0 && !(unit === 'd' && seconds === length)) return `${seconds / length}${unit}`;
  return `${seconds}s`;
}

function refused(field: keyof SentRestrictions, message: string): AdminAnswer {
  return problem(422, 'key_invalid', 'Not possible', message, { pointer: `/${field}` });
}
