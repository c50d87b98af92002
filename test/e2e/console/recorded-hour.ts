import type { StageId, StageTrace } from '../../../src/core/decision.ts';
import type { CallEvent } from '../../../src/core/event.ts';
import { REASONS } from '../../../src/core/reasons.ts';
import { sampleEvent } from '../../../src/pipeline/event-samples.test.ts';

type Kind = Partial<CallEvent> & { readonly weight: number; readonly stage?: StageId };

const STAGES: readonly StageId[] = ['framing', 'admit', 'route', 'authenticate', 'authorise', 'limit', 'inspect'];

const NOBODY = { consumer: '', credentialId: '', authenticator: '' } as const;

/** What goes on in an hour at a shop, and how often of a thousand calls. */
const KINDS: readonly Kind[] = [
  { weight: 360, consumer: 'acme', path: '/orders/{n}', routeId: 'orders', address: '203.0.113.7' },
  { weight: 90, consumer: 'acme', path: '/orders/{n}/lines', routeId: 'orders', address: '203.0.113.8' },
  { weight: 190, consumer: 'globex', path: '/orders', routeId: 'orders', address: '198.51.100.23' },
  { ...NOBODY, weight: 220, path: '/products/{n}', routeId: 'products', address: '192.0.2.{a}' },
  { ...NOBODY, weight: 30, path: '/health', routeId: 'health', address: '10.0.0.4', userAgent: 'probe' },
  { weight: 9, consumer: 'acme', path: '/orders/{n}', routeId: 'orders', address: '203.0.113.7', status: 500 },
  {
    ...NOBODY,
    weight: 40,
    path: '/reports/{n}',
    routeId: 'reports',
    outcome: 'observed',
    reason: 'authn.missing',
    stage: 'authenticate',
    address: '192.0.2.{a}',
  },
  {
    weight: 22,
    consumer: 'initech',
    path: '/orders/{n}',
    routeId: 'orders',
    outcome: 'denied',
    reason: 'authz.scope',
    stage: 'authorise',
    address: '198.51.100.80',
  },
  {
    ...NOBODY,
    weight: 18,
    path: '/orders/{n}',
    routeId: 'orders',
    outcome: 'denied',
    reason: 'authn.missing',
    stage: 'authenticate',
    address: '192.0.2.{a}',
  },
  {
    ...NOBODY,
    weight: 6,
    path: '/wp-login.php',
    routeId: '',
    outcome: 'denied',
    reason: 'route.not_found',
    stage: 'route',
    address: '192.0.2.66',
    userAgent: 'scan',
  },
];

/** In the middle of the hour somebody tries what the gateway is there for. */
const ATTACK: Kind = {
  ...NOBODY,
  weight: 0,
  path: '/products',
  routeId: 'products',
  outcome: 'denied',
  reason: 'payload.sqli',
  stage: 'inspect',
  address: '192.0.2.66',
  userAgent: 'sqlmap/1.7',
  detail: 'sqli with 100 % in query.name (query)',
  signals: ['payload.attack', 'payload.sqli:relaxed:query.name'],
};

/** A little less, so that the last hour has all of it for some minutes. */
const MINUTES = 55;

/** The calls of the hour before, the same ones every time, as they would have been recorded. */
export function recordedHour(toMs: number, callsPerMinute = 90): CallEvent[] {
  const random = dice();
  const events: CallEvent[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    const calls = Math.round(callsPerMinute * (1 + 0.3 * Math.sin(minute / 7) + 0.15 * (random() - 0.5)));
    const attacks = minute > 34 && minute < 41 ? Math.round(callsPerMinute / 4) : 0;
    for (let i = 0; i < calls + attacks; i++) {
      const timeMs = toMs - (MINUTES - minute) * 60_000 + Math.floor((i / (calls + attacks)) * 60_000);
      events.push(eventOf(i < calls ? chosen(random) : ATTACK, timeMs, random, events.length));
    }
  }
  return events.sort((one, other) => one.timeMs - other.timeMs);
}

function chosen(random: () => number): Kind {
  let left = random() * KINDS.reduce((sum, { weight }) => sum + weight, 0);
  for (const kind of KINDS) {
    left -= kind.weight;
    if (left <= 0) return kind;
  }
  return ATTACK;
}

function eventOf({ weight: _, stage, ...kind }: Kind, timeMs: number, random: () => number, index: number): CallEvent {
  const filled = (text: string): string =>
    text
      .replace('{n}', String(1_000 + Math.floor(random() * 400)))
      .replace('{a}', String(1 + Math.floor(random() * 40)));
  const denied = kind.outcome === 'denied';
  const reason = kind.reason ?? '';
  const status = kind.status ?? (denied && reason !== '' ? REASONS[reason].status : 200);
  const upstreamMicros = denied ? 0 : Math.round(3_000 + 9_000 * random() ** 6 * 10);
  return sampleEvent({
    host: 'api.example.com',
    scheme: 'http',
    userAgent: 'shop/4.2',
    signals: [],
    ...kind,
    requestId: `hour${String(index).padStart(16, '0')}`,
    timeMs,
    path: filled(kind.path ?? '/'),
    address: filled(kind.address ?? '127.0.0.1'),
    status,
    upstreamMicros,
    durationMicros: upstreamMicros + 300,
    decisionMicros: 90,
    error: '',
    trace: traceOf(stage, kind, denied),
  });
}

function traceOf(ending: StageId | undefined, { reason, detail }: Partial<CallEvent>, denied: boolean): StageTrace[] {
  const ran = ending === undefined || !denied ? STAGES : STAGES.slice(0, STAGES.indexOf(ending) + 1);
  return ran.map((stage, index) => {
    const base = { stage, micros: 2 + index * 7 } as const;
    if (stage !== ending || reason === undefined || reason === '') return { ...base, kind: 'pass', enforced: true };
    return { ...base, kind: 'deny', reason, ...(detail === undefined ? {} : { detail }), enforced: denied };
  });
}

/** Numbers from 0 to 1 that are the same every time. */
function dice(): () => number {
  let state = 20_261_128;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
