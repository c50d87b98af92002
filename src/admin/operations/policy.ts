import { STAGE_IDS } from '../../core/decision.ts';
import type { ModeOverride } from '../../ports.ts';
import { json, listOf, OPEN_OBJECT, type Operation, problem } from '../operation.ts';

export const MODE_SCOPES = ['route', 'path', 'stage', 'route-stage'] as const;
const MODES = ['observe', 'enforce'] as const;

export const MODE_SETTING = {
  type: 'object',
  required: ['scope', 'target', 'mode'],
  properties: {
    scope: { type: 'string', enum: MODE_SCOPES },
    target: {
      type: 'string',
      description: `a route id, a path template, one of ${STAGE_IDS.join(', ')}, or STAGE@ROUTE`,
    },
    mode: { type: 'string', enum: MODES },
  },
} as const;

export const policyOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/routes',
    operationId: 'listRoutes',
    summary: 'routes with the mode in force and where it comes from, and what becomes of calls that match none',
    role: 'viewer',
    answer: { status: 200, description: 'every route', schema: listOf(OPEN_OBJECT) },
    handle: ({ services }) => json(200, { items: services.routes(), unmatched: services.unmatched() }),
  },
  {
    method: 'GET',
    path: '/api/v1/modes',
    operationId: 'listModes',
    summary: 'modes that were set by command, what is in force there and what the configuration alone says',
    role: 'viewer',
    answer: { status: 200, description: 'every such mode', schema: listOf(OPEN_OBJECT) },
    handle: async ({ services }) => json(200, { items: await services.modes() }),
  },
  {
    method: 'PUT',
    path: '/api/v1/modes',
    operationId: 'setMode',
    summary:
      'sets a route, a path template, a stage, or one stage of one route to observe or enforce; in force on every thread when it answers',
    role: 'operator',
    body: MODE_SETTING,
    answer: {
      status: 200,
      description:
        'what was set; not kept where it is what the configuration says anyway; unmatchedPass: calls that match no route go on, only observed, although a route enforces',
      schema: OPEN_OBJECT,
    },
    async handle({ services, body }) {
      const scope = MODE_SCOPES.find((known) => known === body['scope']);
      const mode = MODES.find((known) => known === body['mode']);
      const target = String(body['target']);
      if (scope === undefined || mode === undefined) return problem(400, 'body_invalid', 'Not understood');
      const result = await services.setMode({ scope, target, mode });
      if (!result.ok) return problem(404, 'target_unknown', 'Nothing to set', result.message);
      const { kept, inForce, configured, unmatchedPass } = result;
      return json(200, { scope, target, mode, kept, inForce, configured, unmatchedPass });
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/modes/{scope}/{target}',
    operationId: 'clearMode',
    summary: 'takes back a mode that was set by command; `target` percent-encoded',
    role: 'operator',
    answer: {
      status: 200,
      description: 'the mode that was cleared, and what is in force there now',
      schema: OPEN_OBJECT,
    },
    async handle({ services, path }) {
      const scope: ModeOverride['scope'] | undefined = MODE_SCOPES.find((known) => known === path['scope']);
      if (scope === undefined)
        return problem(404, 'target_unknown', 'Nothing to clear', `scopes are ${MODE_SCOPES.join(', ')}`);
      const left = await services.clearMode(scope, path['target'] ?? '');
      return left !== undefined
        ? json(200, { cleared: true, ...left })
        : problem(404, 'target_unknown', 'Nothing to clear', 'no such mode was set');
    },
  },
];
