import { assertNever } from '../core/assert-never.ts';
import type { RouteConfig } from '../core/configuration.ts';
import type { StageId, StageTrace } from '../core/decision.ts';
import { STAGE_IDS } from '../core/decision.ts';
import type { CallEvent } from '../core/event.ts';
import type { Reason, ReasonCode } from '../core/reasons.ts';
import { REASONS } from '../core/reasons.ts';
import { evidenceSentence } from '../detect/payload/recorded-evidence.ts';

/** How a line may be coloured: `bad` ended the call, `warn` would have, `muted` did not run. */
export type ExplainTone = 'plain' | 'good' | 'warn' | 'bad' | 'muted';

/** One line of an explanation. Texts hold no control characters and may go to a terminal as they are. */
export type ExplainLine =
  | {
      readonly kind: 'call' | 'caller' | 'signals' | 'outcome' | 'answer' | 'time' | 'rules' | 'hint';
      readonly tone: ExplainTone;
      readonly text: string;
    }
  | {
      readonly kind: 'stage';
      readonly tone: ExplainTone;
      readonly stage: StageId;
      readonly verdict: 'pass' | 'deny' | 'not applicable' | 'could not decide' | 'not run';
      /** Undefined where the stage did not run. */
      readonly micros: number | undefined;
      readonly reason: ReasonCode | undefined;
      /** Of a denial: whether it was acted on; true for every other verdict. */
      readonly enforced: boolean;
      /** Reason's title and the operator's detail; empty where there is nothing to say. */
      readonly text: string;
    };

/**
 * Explains one recorded call to an operator: who called what, each stage's verdict, what the caller got, what to do. Of a
 * route of a group, as `routes` have it now, also where its settings come from.
 */
export function explainCall(event: CallEvent, routes: readonly RouteConfig[] = []): readonly ExplainLine[] {
  return linesOf(event, routes, [
    outcomeLine(event),
    { kind: 'answer', tone: 'plain', text: answerText(event) },
    { kind: 'time', tone: 'muted', text: timeText(event) },
  ]);
}

/** The same of a request that was judged and not made: what would become of it. Nothing was sent, so that no connection ended. */
export function explainUnmade(event: CallEvent, routes: readonly RouteConfig[] = []): readonly ExplainLine[] {
  return linesOf(event, routes, [
    wouldBe(event),
    ...(event.status === 0
      ? []
      : [{ kind: 'answer', tone: 'plain', text: `the caller would get ${statusText(event)}` } as const]),
    { kind: 'time', tone: 'muted', text: `judged in ${milliseconds(event.decisionMicros)}, and not made` },
  ]);
}

function linesOf(
  event: CallEvent,
  routes: readonly RouteConfig[],
  became: readonly ExplainLine[],
): readonly ExplainLine[] {
  const lines: ExplainLine[] = [
    {
      kind: 'call',
      tone: 'plain',
      text: `${event.method} ${event.scheme}://${event.host}${event.path} HTTP/${event.httpVersion}`,
    },
    { kind: 'caller', tone: 'plain', text: callerText(event) },
    ...stageLines(event),
    ...(event.signals.length === 0 ? [] : [{ kind: 'signals', tone: 'warn', text: event.signals.join(', ') } as const]),
    ...became,
    ...originLines(routes.find(({ id }) => id === event.routeId)),
  ];
  for (const code of [event.reason, event.error]) {
    const explanation = code === '' ? undefined : knownReason(code)?.explanation;
    if (explanation !== undefined) lines.push({ kind: 'hint', tone: 'plain', text: explanation });
  }
  return lines.map((line) => ({ ...line, text: printable(line.text) }));
}

/** One line for each place that says something of the route. */
function originLines(route: RouteConfig | undefined): readonly ExplainLine[] {
  const places = Map.groupBy(route?.origins ?? [], ({ from }) => from);
  return [...places].map(([from, origins]) => {
    const settings = origins.map(({ setting, line }) => (line === 0 ? setting : `${setting} (line ${line})`));
    return { kind: 'rules', tone: 'muted', text: `${from}: ${settings.join(', ')}` };
  });
}

function callerText(event: CallEvent): string {
  const identity = event.consumer === '' ? 'nobody identified' : `consumer ${event.consumer}`;
  const credential = event.credentialId === '' ? '' : `, credential ${event.credentialId}`;
  const agent = event.userAgent === '' ? '' : `, ${event.userAgent}`;
  return `${identity}${credential}, from ${event.address}${agent}`;
}

/** Every stage of the pipeline, those that ran in the order they ran, then those the call did not reach. */
function stageLines(event: CallEvent): ExplainLine[] {
  const ran = new Set(event.trace.map((entry) => entry.stage));
  const lines = event.trace.map(stageLine);
  for (const stage of STAGE_IDS) {
    // Of an answer nothing is asked on most routes, and of none where the call did not get so far.
    if (ran.has(stage) || stage === 'answer') continue;
    lines.push({
      kind: 'stage',
      tone: 'muted',
      stage,
      verdict: 'not run',
      micros: undefined,
      reason: undefined,
      enforced: true,
      text: '',
    });
  }
  return lines;
}

function stageLine(entry: StageTrace): ExplainLine {
  const base = { kind: 'stage', stage: entry.stage, micros: entry.micros, enforced: entry.enforced } as const;
  const text = reasonText(entry.reason ?? '', entry.detail ?? '');
  const reason = entry.reason;
  const denialTone = entry.enforced ? 'bad' : 'warn';
  switch (entry.kind) {
    case 'pass':
      return { ...base, tone: 'good', verdict: 'pass', reason, text };
    case 'notApplicable':
      return { ...base, tone: 'muted', verdict: 'not applicable', reason, text };
    case 'deny':
      return { ...base, tone: denialTone, verdict: 'deny', reason, text };
    case 'indeterminate':
      return { ...base, tone: denialTone, verdict: 'could not decide', reason, text };
    default:
      return assertNever(entry.kind);
  }
}

function outcomeLine(event: CallEvent): ExplainLine {
  const why = reasonText(event.reason, event.detail);
  const where = event.routeId === '' ? '' : ` on route ${event.routeId}`;
  switch (event.outcome) {
    case 'permitted':
      return {
        kind: 'outcome',
        tone: 'good',
        text: `permitted${where}`,
      };
    case 'denied':
      return { kind: 'outcome', tone: 'bad', text: `denied${where}: ${why}` };
    case 'observed':
      return {
        kind: 'outcome',
        tone: 'warn',
        text: `went through${where}, observed only; enforcing would have denied it: ${why}`,
      };
    default:
      return assertNever(event.outcome);
  }
}

function wouldBe(event: CallEvent): ExplainLine {
  const why = reasonText(event.reason, event.detail);
  const where = event.routeId === '' ? '' : ` on route ${event.routeId}`;
  switch (event.outcome) {
    case 'permitted':
      return { kind: 'outcome', tone: 'good', text: `would be permitted${where}` };
    case 'denied':
      return { kind: 'outcome', tone: 'bad', text: `would be denied${where}: ${why}` };
    case 'observed':
      return {
        kind: 'outcome',
        tone: 'warn',
        text: `would go through${where}, observed only; enforcing would deny it: ${why}`,
      };
    default:
      return assertNever(event.outcome);
  }
}

function answerText(event: CallEvent): string {
  const failure = event.error === '' ? '' : `; ${reasonText(event.error, '')}`;
  if (event.status === 0) return `the caller got no answer: the connection ended before one was sent${failure}`;
  return `the caller got ${statusText(event)}, ${event.responseBytes} bytes${failure}`;
}

/** The status, and of a refusal of ours what the caller reads of its reason. */
function statusText(event: CallEvent): string {
  const reason = event.reason === '' ? undefined : knownReason(event.reason);
  const own = event.outcome === 'denied' && reason !== undefined && reason.status === event.status;
  const from = own ? ` "${reason.title}", code ${reason.publicCode ?? event.reason}` : '';
  return `${event.status}${from}`;
}

function timeText(event: CallEvent): string {
  const upstream = event.upstreamMicros === 0 ? 'upstream not asked' : `upstream ${milliseconds(event.upstreamMicros)}`;
  return `${milliseconds(event.durationMicros)} in all, ${upstream}, own work ${milliseconds(event.decisionMicros)}`;
}

function milliseconds(micros: number): string {
  return `${(micros / 1000).toFixed(micros < 10_000 ? 2 : 0)} ms`;
}

function reasonText(code: ReasonCode | '', detail: string): string {
  if (code === '') return detail;
  const title = knownReason(code)?.title;
  const words = code.startsWith('payload.') ? evidenceSentence(detail) : undefined;
  const told = words === undefined ? detail : `${words}; ${detail}`;
  return `${code}${title === undefined ? '' : ` (${title})`}${told === '' ? '' : `: ${told}`}`;
}

/** A stored event may carry a code of a newer release, which the catalogue's type rules out. */
function knownReason(code: ReasonCode): Reason | undefined {
  return Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
}

/** Shows control characters and direction marks as escapes: a recorded path must not write to the operator's terminal. */
function printable(text: string): string {
  let shown = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    shown += isUnprintable(code) ? `\\u{${code.toString(16)}}` : character;
  }
  return shown;
}

function isUnprintable(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    code === 0x061c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x2069) ||
    code === 0xfeff ||
    (code >= 0xd800 && code <= 0xdfff)
  );
}
