import type { AddedException, ExceptionUse, PayloadException } from '../../core/payload.ts';
import { Exceptions, exceptionId } from './exceptions.ts';
import type { RecordedEvidence } from './recorded-evidence.ts';

/** An exception that was not used for so long is worth a question. */
const UNUSED_MS = 7 * 86_400_000;

/** An exception as operators see it, wherever it is written down. */
export interface ExceptionView {
  readonly id: string;
  readonly source: 'configuration' | 'added';
  /** Absent: every route. */
  readonly route?: string;
  /** Absent: every place of the route. */
  readonly path?: string;
  readonly class: string;
  /** Absent: everybody. */
  readonly consumer?: string;
  readonly reason: string;
  readonly addedBy: string;
  /** 0: nobody knows. */
  readonly addedMs: number;
  readonly expiresMs: number;
  /** Calls that went through and would have been refused without it. */
  readonly letThrough: number;
  /** 0: never. */
  readonly lastUsedMs: number;
  /** What is worth a question: `expired`; `route_gone`, also where another route took the name: it counts for nothing; `never_used`. */
  readonly warnings: readonly ('expired' | 'route_gone' | 'never_used')[];
}

/** Exceptions of one route of the configuration. */
export interface ConfiguredExceptions {
  readonly routeId: string;
  readonly exceptions: readonly PayloadException[];
}

/** All exceptions there are with how they were used, in the order of routes, paths, classes and consumers. */
export function exceptionViews(
  configured: readonly ConfiguredExceptions[],
  added: readonly AddedException[],
  uses: readonly ExceptionUse[],
  nowMs: number,
  isGone: (one: AddedException) => boolean,
): readonly ExceptionView[] {
  const usesById = new Map(uses.map((use) => [use.id, use]));
  const views = new Map<string, ExceptionView>();
  const see = (routeId: string, id: string, one: PayloadException, more: Origin, gone: boolean): void => {
    const use = usesById.get(id);
    views.set(`${more.source} ${id}`, {
      id,
      ...(routeId === '' ? {} : { route: routeId }),
      ...(one.path === '' ? {} : { path: one.path }),
      class: one.class,
      ...(one.consumer === undefined ? {} : { consumer: one.consumer }),
      ...more,
      expiresMs: one.expiresMs,
      letThrough: use?.calls ?? 0,
      lastUsedMs: use?.lastMs ?? 0,
      warnings: warningsOf(one, use, nowMs, gone),
    });
  };
  for (const { routeId, exceptions } of configured)
    for (const one of exceptions) see(routeId, exceptionId(routeId, one), one, CONFIGURED, false);
  for (const one of added) {
    const { id, routeId, reason, addedBy, addedMs } = one;
    see(routeId, id, one, { source: 'added', reason, addedBy, addedMs }, isGone(one));
  }
  return [...views.values()].sort((one, other) => (placeText(one) < placeText(other) ? -1 : 1));
}

type Origin = Pick<ExceptionView, 'source' | 'reason' | 'addedBy' | 'addedMs'>;

const CONFIGURED: Origin = { source: 'configuration', reason: '', addedBy: '', addedMs: 0 };

function warningsOf(
  { expiresMs }: PayloadException,
  use: ExceptionUse | undefined,
  nowMs: number,
  isGone: boolean,
): ExceptionView['warnings'] {
  if (expiresMs <= nowMs) return ['expired'];
  if (isGone) return ['route_gone'];
  return use !== undefined && use.calls === 0 && nowMs - use.sinceMs >= UNUSED_MS ? ['never_used'] : [];
}

/** What looked like an attack in a recorded call, as operators see it. */
export interface EvidenceView extends RecordedEvidence {
  /** Id of the exception that lets it through by now; absent: none does. */
  readonly letThroughBy?: string;
}

/** The evidence of a call with what lets each through that is sent again now, to the same route by the same consumer. */
export function evidenceViews(
  found: readonly RecordedEvidence[],
  { routeId, consumer }: { readonly routeId: string; readonly consumer: string },
  views: readonly ExceptionView[],
  nowMs: number,
): readonly EvidenceView[] {
  const counting = views.filter(
    ({ route = routeId, warnings }) => route === routeId && !warnings.includes('route_gone'),
  );
  const exceptions = new Exceptions(
    counting.map(({ path = '', consumer: only, ...one }) => ({ ...one, path, consumer: only })),
  );
  return found.map((one) => {
    const letThroughBy = exceptions.findRecorded(one.attack, one.path, consumer, nowMs);
    return letThroughBy === undefined ? one : { ...one, letThroughBy };
  });
}

/** Unique, and in the order of lists. */
export function placeText({ route = '', path = '', class: attack, consumer = '', source }: ExceptionView): string {
  return JSON.stringify([route, path, attack, consumer, source]);
}
