import { FINDING_STATUSES, type FindingStatus, SEVERITIES } from '../../core/finding.ts';
import type { FindingStore } from '../../ports.ts';
import { groupFindings } from '../../respond/finding-groups.ts';
import type { JsonSchema } from '../json-schema.ts';
import {
  type AdminCall,
  json,
  listOf,
  OPEN_OBJECT,
  type Operation,
  PAGE_QUERY,
  page,
  pageLimit,
  problem,
} from '../operation.ts';

const GROUPED_MAX = 5_000;
/** What findings are narrowed by; of all that are given every one has to hold. */
const FILTERS = {
  status: { type: 'string', enum: FINDING_STATUSES },
  detector: { type: 'string', maxLength: 100 },
  severity: { type: 'string', enum: SEVERITIES },
  actor: { type: 'string', maxLength: 256, description: 'a consumer, or an address' },
} as const satisfies Record<string, JsonSchema>;
const PLACE = /^(\d{1,16})-([0-9a-f]{16})$/;

export const findingOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/findings/groups',
    operationId: 'listFindingGroups',
    summary: 'findings of each detector put together: how many, how often, and how many are affected',
    role: 'viewer',
    query: FILTERS,
    answer: { status: 200, description: 'groups, open and severe ones first', schema: listOf(OPEN_OBJECT) },
    handle: groups,
  },
  {
    method: 'GET',
    path: '/api/v1/findings',
    operationId: 'listFindings',
    summary: 'what was found, the newest first',
    role: 'viewer',
    query: { ...PAGE_QUERY, ...FILTERS },
    answer: { status: 200, description: 'a page of findings', schema: listOf(OPEN_OBJECT) },
    async handle({ services, query }) {
      const limit = pageLimit(query);
      const cursor = query['cursor'];
      const place = cursor === undefined ? undefined : PLACE.exec(cursor);
      if (place === null) return problem(400, 'cursor_invalid', 'Not a cursor of this list');
      await services.flushEvents();
      const found = await services.findings.list({
        limit: limit + 1,
        ...filtersOf(query),
        ...(place === undefined ? {} : { before: { lastMs: Number(place[1]), id: String(place[2]) } }),
      });
      return json(
        200,
        page(found, limit, ({ lastMs, id }) => `${Math.floor(lastMs)}-${id}`),
      );
    },
  },
  {
    method: 'GET',
    path: '/api/v1/findings/{id}',
    operationId: 'getFinding',
    summary: 'one finding',
    role: 'viewer',
    answer: { status: 200, description: 'the finding', schema: OPEN_OBJECT },
    async handle({ services, path }) {
      const finding = await services.findings.find(path['id'] ?? '');
      return finding === undefined ? problem(404, 'finding_unknown', 'No such finding') : json(200, finding);
    },
  },
  decision('resolve', 'resolveFinding', 'resolved', 'closes a finding; it opens again when it is observed again'),
  decision(
    'expected',
    'expectFinding',
    'expected',
    'says that this is as it should be; it is counted and stays closed',
  ),
  decision(
    'snooze',
    'snoozeFinding',
    'snoozed',
    'puts a finding away until it is worse: more severe, or observed as often again',
  ),
  decision('reopen', 'reopenFinding', 'open', 'opens a finding again'),
];

/** `resolution` and `note` are the same word. */
function decision(verb: string, operationId: string, status: FindingStatus, summary: string): Operation {
  const word = { type: 'string', maxLength: 500 } as const;
  return {
    method: 'POST',
    path: `/api/v1/findings/{id}/${verb}`,
    operationId,
    summary,
    role: 'operator',
    body: { type: 'object', properties: { note: word, ...(status === 'resolved' ? { resolution: word } : {}) } },
    answer: { status: 200, description: 'the finding as it is now', schema: OPEN_OBJECT },
    async handle({ services, path, body, caller }) {
      const note = body['note'] ?? body['resolution'];
      const finding = await services.findings.decide(path['id'] ?? '', {
        status,
        note: typeof note === 'string' ? note : '',
        by: caller?.name ?? '',
      });
      return finding === undefined ? problem(404, 'finding_unknown', 'No such finding') : json(200, finding);
    },
  };
}

/** Counts over the newest findings; `complete` says whether those are all. */
async function groups({ services, query }: AdminCall) {
  await services.flushEvents();
  const found = await services.findings.list({ limit: GROUPED_MAX + 1, ...filtersOf(query) });
  const items = groupFindings(found.slice(0, GROUPED_MAX));
  return json(200, { items, complete: found.length <= GROUPED_MAX });
}

function filtersOf(query: AdminCall['query']): Omit<Parameters<FindingStore['list']>[0], 'limit' | 'before'> {
  const status = FINDING_STATUSES.find((known) => known === query['status']);
  const severity = SEVERITIES.find((known) => known === query['severity']);
  const { detector, actor } = query;
  return {
    ...(status === undefined ? {} : { status }),
    ...(severity === undefined ? {} : { severity }),
    ...(detector === undefined ? {} : { detector }),
    ...(actor === undefined ? {} : { actor }),
  };
}
