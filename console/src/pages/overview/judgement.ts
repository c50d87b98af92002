import type { IconName } from '../../components/icon.tsx';
import { clockText, countOf, countText, lengthText, sentenceText, shareText } from '../../state/format.ts';
import { type OverviewData, type TopValue, timesOf, totalOf } from './overview-data.ts';

/** `unknown`: too little is known to say that all is well. */
export type JudgedTone = 'deny' | 'observe' | 'permit' | 'unknown';

/** One thing that is wrong, or may be. */
export interface Trouble {
  readonly tone: 'deny' | 'observe';
  readonly text: string;
  readonly detail?: string;
  /** The calls or findings it is of. */
  readonly leadsTo?: { readonly path: string; readonly query: Readonly<Record<string, string>> };
  /** Who and what there is most of in it: filters of the page of calls. */
  readonly most?: readonly { readonly filter: string; readonly value: string; readonly count: number }[];
}

export interface Judgement {
  readonly tone: JudgedTone;
  readonly icon: IconName;
  /** The answer of the page. */
  readonly text: string;
  /** Worst first. */
  readonly troubles: readonly Trouble[];
}

/** Fewer denied calls, or errors, say nothing. */
const CALLS_MIN = 10;
/** Shares of all calls from which on something is worth a look. */
const DENIED_SHARE = 0.05;
const ERROR_SHARE = 0.02;
const ERROR_SHARE_GRAVE = 0.25;
/** A rise: so many times what is usual. */
const RISE = 3;
/** Stretches with calls that it takes to know what is usual. */
const USUAL_MIN = 8;

/** What the figures say: whether anything is wrong, and who and what it is. */
export function judgementOf(data: OverviewData): Judgement {
  const troubles = [
    ...ofFindings(data),
    ...ofGateway(data),
    ...ofErrors(data),
    ...ofDenied(data),
    ...ofObserved(data),
  ].sort((one, other) => rank(one) - rank(other));
  const [first] = troubles;
  if (first !== undefined)
    return { tone: first.tone, icon: 'alert', text: headline(first, troubles.length - 1), troubles };
  if (totalOf(data.series.calls) === 0)
    return {
      tone: 'unknown',
      icon: 'unknown',
      text: 'Nobody called in this time, so that little can be said',
      troubles,
    };
  const unknown = unknownParts(data);
  if (unknown.length > 0)
    return {
      tone: 'unknown',
      icon: 'unknown',
      text: `Nothing wrong is known, but not how these are: ${unknown.join(', ')}`,
      troubles,
    };
  return { tone: 'permit', icon: 'check', text: 'Nothing is wrong that the gateway knows of', troubles };
}

function rank({ tone }: Trouble): number {
  return tone === 'deny' ? 0 : 1;
}

/** The worst in full; what else there is stands below it. */
function headline(first: Trouble, others: number): string {
  const text = sentenceText(first.text);
  return others === 0 ? text : `${text} – and ${others} more to look at`;
}

function ofFindings({ findings }: OverviewData): readonly Trouble[] {
  const small = findings.medium + findings.low;
  const severe = (['critical', 'high'] as const).filter((severity) => findings[severity] > 0);
  // Each by the word its findings have wherever they are shown, and leading to them.
  if (severe.length > 0)
    return severe.map((severity) => ({
      tone: 'deny',
      text: `${countText(findings[severity])} ${severity} ${findings[severity] === 1 ? 'finding is' : 'findings are'} open`,
      leadsTo: { path: '/findings', query: { severity } },
    }));
  if (small === 0) return [];
  const text = `${countText(small)} ${small === 1 ? 'finding waits' : 'findings wait'} for somebody to look`;
  return [{ tone: 'observe', text, leadsTo: { path: '/findings', query: {} } }];
}

function ofGateway({ health }: OverviewData): readonly Trouble[] {
  const broken = health.items.find(({ name, ok }) => name === 'configuration' && !ok);
  const failing = health.items.filter((item) => !item.ok && item !== broken).map(({ name }) => name);
  const lostThreads = health.threads.configured - health.threads.alive;
  const which = failing.length > 0 ? `: ${failing.join(', ')}` : '';
  const isOtherwiseUnwell = failing.length > 0 || (health.status !== 'ok' && broken === undefined);
  return [
    // It says itself which line of which file it is.
    ...(broken === undefined
      ? []
      : [{ tone: toneOf(false), text: broken.detail, leadsTo: { path: '/policies', query: {} } }]),
    ...(isOtherwiseUnwell
      ? [{ tone: toneOf(health.status === 'failing'), text: `the gateway is not well${which}` }]
      : []),
    ...(lostThreads > 0
      ? [
          {
            tone: toneOf(health.threads.alive === 0),
            text: `${lostThreads} of its threads ${lostThreads === 1 ? 'is' : 'are'} gone`,
          },
        ]
      : []),
    ...(health.failOpen > 0
      ? [{ tone: toneOf(false), text: `${countOf(health.failOpen, 'call')} went through that could not be judged` }]
      : []),
    ...(health.eventsLost > 0
      ? [
          {
            tone: toneOf(false),
            text: `${countOf(health.eventsLost, 'record')} of calls ${health.eventsLost === 1 ? 'was' : 'were'} lost`,
          },
        ]
      : []),
    ...(health.events.stalled ? [{ tone: toneOf(false), text: 'records of calls cannot be written' }] : []),
  ];
}

function toneOf(isGrave: boolean): 'deny' | 'observe' {
  return isGrave ? 'deny' : 'observe';
}

function ofErrors({ series }: OverviewData): readonly Trouble[] {
  const [calls, errors] = [totalOf(series.calls), totalOf(series.errors)];
  if (errors < CALLS_MIN || errors < calls * ERROR_SHARE) return [];
  const text = `${countOf(errors, 'call')} ended in an error, ${shareText(errors, calls)} of all`;
  const leadsTo = { path: '/', query: { view: 'errors' } };
  return [{ tone: toneOf(errors >= calls * ERROR_SHARE_GRAVE), text, leadsTo }];
}

function ofDenied(data: OverviewData): readonly Trouble[] {
  const { series, topDenied } = data;
  const [calls, denied] = [totalOf(series.calls), totalOf(series.denied)];
  const rise = riseOf(data);
  if (rise === undefined && (denied < CALLS_MIN || denied < calls * DENIED_SHARE)) return [];
  const share = `${countOf(denied, 'call')} ${denied === 1 ? 'was' : 'were'} denied, ${shareText(denied, calls)} of all`;
  return [
    {
      tone: 'observe',
      text: share,
      ...(rise === undefined ? {} : { detail: rise }),
      leadsTo: { path: '/calls', query: { outcome: 'denied' } },
      most: [
        ...mostOf('address', topDenied.addresses),
        ...mostOf('consumer', topDenied.consumers),
        ...mostOf('reason', topDenied.reasons),
      ],
    },
  ];
}

function mostOf(filter: string, [first]: readonly TopValue[]): NonNullable<Trouble['most']> {
  return first === undefined || first.denied === 0 ? [] : [{ filter, value: first.value, count: first.denied }];
}

/** When far more were denied than is usual, or undefined. What is usual is only known of a time with some calls. */
export function riseOf(data: OverviewData): string | undefined {
  const { series, bucketMs } = data;
  const counted = series.denied.filter((_, index) => (series.calls[index] ?? 0) > 0);
  if (counted.length < USUAL_MIN) return undefined;
  const usual = counted.toSorted((one, other) => one - other)[Math.floor(counted.length / 2)] ?? 0;
  const most = Math.max(...series.denied);
  if (most < CALLS_MIN || most < usual * RISE) return undefined;
  const at = series.denied.lastIndexOf(most);
  const stretch = bucketMs === 60_000 ? 'a minute' : lengthText(bucketMs);
  const when = clockText(timesOf(data)[at] ?? data.from).slice(0, 5);
  return `rose to ${countText(most)} in ${stretch} at ${when}, where ${countText(usual)} are usual`;
}

function ofObserved({ series }: OverviewData): readonly Trouble[] {
  const [calls, observed] = [totalOf(series.calls), totalOf(series.observed)];
  if (observed < CALLS_MIN || observed < calls * DENIED_SHARE) return [];
  const text = `${countOf(observed, 'call')} went through that enforcing would have denied`;
  return [{ tone: 'observe', text, leadsTo: { path: '/calls', query: { outcome: 'observed' } } }];
}

/** Parts of the gateway of which it is not known how they are. */
function unknownParts({ health }: OverviewData): readonly string[] {
  return [
    ...(health.items.length === 0 ? ['the parts of the gateway'] : []),
    ...(health.events.lastWriteMs === null ? ['the store of calls'] : []),
    ...(health.saturation.threads.length === 0 ? ['the load'] : []),
  ];
}
