import { STAGE_IDS, type StageId } from '../../core/decision.ts';
import type { CallEvent } from '../../core/event.ts';
import { parseRouteStage, ROUTE_STAGE_IDS } from '../../core/route-stage.ts';
import { type EvidenceView, evidenceViews } from '../../detect/payload/exception-view.ts';
import { recordedEvidence } from '../../detect/payload/recorded-evidence.ts';
import { parseTemplate } from '../../http/router.ts';
import { explainCall, explainUnmade } from '../../pipeline/explain-text.ts';
import { callsOfPath, replay } from '../../pipeline/replay.ts';
import { withoutFacts } from '../arriving-calls.ts';
import { CALL_FILTERS, CALL_TIMES, filterOf } from '../call-filters.ts';
import type { JsonSchema } from '../json-schema.ts';
import {
  type AdminCall,
  json,
  listOf,
  OPEN_OBJECT,
  type Operation,
  PAGE_QUERY,
  pageLimit,
  problem,
} from '../operation.ts';
import type { AdminServices } from '../services.ts';
import { MODE_SCOPES } from './policy.ts';

const REPLAY_EVENTS_MAX = 1_000_000;
const REPLAY_PAGE = 2_000;

const CALL: JsonSchema = {
  ...OPEN_OBJECT,
  description: 'one recorded call; never a credential, a query value or a body',
};

export const callOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/calls',
    operationId: 'listCalls',
    summary: 'recorded calls, newest first',
    role: 'viewer',
    query: { ...PAGE_QUERY, ...CALL_TIMES, ...CALL_FILTERS },
    answer: { status: 200, description: 'a page of calls', schema: listOf(CALL) },
    async handle({ services, query }) {
      await services.flushEvents();
      const found = services.events.query(filterOf(query), {
        limit: pageLimit(query),
        ...(query['cursor'] === undefined ? {} : { before: query['cursor'] }),
      });
      return json(200, {
        items: found.events.map(withoutFacts),
        ...(found.next === undefined ? {} : { next: found.next }),
        scanned: found.scanned,
      });
    },
  },
  {
    method: 'GET',
    path: '/api/v1/stream',
    operationId: 'streamCalls',
    summary: 'calls as they are made, as server-sent events, at most two a second; goes on after Last-Event-ID',
    role: 'viewer',
    stream: true,
    query: CALL_FILTERS,
    answer: {
      status: 200,
      description:
        'events `calls` with { calls, skipped } as JSON: at most 200 calls, newest last, those denied before others, and how many were left out; `configuration` where another is in force, or the file does not load any more, or does again; `alive` where nothing came for ten seconds',
      contentType: 'text/event-stream',
    },
    handle: () => problem(409, 'stream_none', 'No stream here', 'no gateway runs'),
  },
  {
    method: 'GET',
    path: '/api/v1/calls/{requestId}',
    operationId: 'explainCall',
    summary: 'one call with every stage’s verdict and what it means, and what looked like an attack in it',
    role: 'viewer',
    answer: {
      status: 200,
      description:
        'the call and its explanation; whether its credential is a key, and its consumer a registered one; of what looked like an attack the exception that lets it through by now',
      schema: OPEN_OBJECT,
    },
    async handle({ services, path }) {
      const event = await findCall(services, path['requestId'] ?? '');
      return event === undefined
        ? problem(404, 'call_unknown', 'No such call', 'it was never made here, or its record has been pruned')
        : json(200, {
            call: withoutFacts(event),
            explanation: explainCall(event, services.configuration().current.routes),
            payload: await evidenceOf(services, event),
            isKey: event.credentialId !== '' && (await services.keys.show(event.credentialId)) !== undefined,
            isConsumer: event.consumer !== '' && (await services.consumers.find(event.consumer)) !== undefined,
          });
    },
  },
  {
    method: 'POST',
    path: '/api/v1/explain',
    operationId: 'explainRequest',
    summary: 'judges a request that is not made: nothing is forwarded or charged',
    role: 'operator',
    body: {
      type: 'object',
      required: ['request'],
      properties: {
        request: {
          type: 'string',
          maxLength: 65_536,
          description: 'request line, fields and body, as in an .http file',
        },
        address: { type: 'string', description: 'client address to judge it from; 127.0.0.1 unless told' },
      },
    },
    answer: { status: 200, description: 'the call as it would be recorded, and its explanation', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const event = await services.explainRequest(text(body['request']), text(body['address']) || '127.0.0.1');
      return 'problem' in event
        ? problem(400, 'request_unreadable', 'Not a request', event.problem)
        : json(200, { call: event, explanation: explainUnmade(event, services.configuration().current.routes) });
    },
  },
  {
    method: 'POST',
    path: '/api/v1/replay',
    operationId: 'replay',
    summary: 'what enforcing a route, path, stage or stage of a route would have done to the calls recorded since',
    role: 'operator',
    body: {
      type: 'object',
      properties: {
        scope: { type: 'string', enum: MODE_SCOPES },
        target: { type: 'string' },
        sinceMinutes: { type: 'integer', minimum: 1, maximum: 100_000 },
      },
      required: ['scope', 'target'],
    },
    answer: { status: 200, description: 'counts, most affected callers first', schema: OPEN_OBJECT },
    handle: replayCalls,
  },
];

async function evidenceOf(services: AdminServices, event: CallEvent): Promise<readonly EvidenceView[]> {
  const found = recordedEvidence(event);
  if (found.length === 0) return found;
  return evidenceViews(found, event, await services.exceptions.list(), services.clock.nowMs());
}

async function replayCalls({ services, body }: AdminCall) {
  const scope = text(body['scope']);
  const target = text(body['target']);
  const minutes = typeof body['sinceMinutes'] === 'number' ? body['sinceMinutes'] : 60;
  const selection = select(scope, target);
  if ('problem' in selection) return problem(400, 'target_unknown', 'Nothing to replay', selection.problem);
  await services.flushEvents();
  const fromMs = services.clock.nowMs() - minutes * 60_000;
  return json(200, replay(recorded(services, fromMs), selection.selects, selection.stages));
}

function select(
  scope: string,
  target: string,
): { selects: (event: CallEvent) => boolean; stages?: ReadonlySet<StageId> } | { problem: string } {
  if (scope === 'stage') {
    const stage = STAGE_IDS.find((id) => id === target);
    return stage === undefined
      ? { problem: `stages are ${STAGE_IDS.join(', ')}` }
      : { selects: () => true, stages: new Set([stage]) };
  }
  if (scope === 'route-stage') {
    const one = parseRouteStage(target);
    return one === undefined
      ? { problem: `write STAGE@ROUTE; stages of a route are ${ROUTE_STAGE_IDS.join(', ')}` }
      : { selects: ({ routeId }) => routeId === one.routeId, stages: new Set([one.stage]) };
  }
  if (scope === 'route') return { selects: ({ routeId }) => routeId === target };
  const template = parseTemplate(target);
  return template.ok ? { selects: callsOfPath(target) } : { problem: template.error };
}

/** Recorded calls since a time, newest first, page by page, up to a bound. */
function* recorded(services: AdminServices, fromMs: number): Generator<CallEvent> {
  let before: string | undefined;
  for (let seen = 0; seen < REPLAY_EVENTS_MAX; ) {
    const found = services.events.query(
      { fromMs },
      { limit: REPLAY_PAGE, ...(before === undefined ? {} : { before }) },
    );
    yield* found.events;
    seen += found.events.length;
    if (found.next === undefined) return;
    before = found.next;
  }
}

/** A call is recorded a moment after its last byte was sent; one that was made just now is waited for. */
async function findCall(services: AdminServices, requestId: string): Promise<CallEvent | undefined> {
  for (let tries = 0; tries < 3; tries++) {
    await services.flushEvents();
    const event = services.events.find(requestId);
    if (event !== undefined) return event;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
