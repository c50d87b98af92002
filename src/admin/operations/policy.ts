import { STAGE_IDS } from '../../core/decision.ts';
import type { ModeOverride } from '../../ports.ts';
import type { JsonSchema } from '../json-schema.ts';
import { json, listOf, OPEN_OBJECT, type Operation, problem } from '../operation.ts';
import type { ConfigurationProblem } from '../services.ts';

const SCOPES = ['route', 'path', 'stage'] as const;
const MODES = ['observe', 'enforce'] as const;

const MINUTES_OF_A_DAY = 1_440;

const PROBLEMS: JsonSchema = { type: 'array', items: OPEN_OBJECT };

export const policyOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/routes',
    operationId: 'listRoutes',
    summary: 'routes with the mode in force and where it comes from',
    role: 'viewer',
    answer: { status: 200, description: 'every route', schema: listOf(OPEN_OBJECT) },
    handle: ({ services }) => json(200, { items: services.routes() }),
  },
  {
    method: 'GET',
    path: '/api/v1/modes',
    operationId: 'listModes',
    summary: 'modes that were set by command',
    role: 'viewer',
    answer: { status: 200, description: 'every such mode', schema: listOf(OPEN_OBJECT) },
    handle: async ({ services }) => json(200, { items: await services.modes() }),
  },
  {
    method: 'PUT',
    path: '/api/v1/modes',
    operationId: 'setMode',
    summary: 'sets a route, a path template or a stage to observe or enforce; in force on every thread when it answers',
    role: 'operator',
    body: {
      type: 'object',
      required: ['scope', 'target', 'mode'],
      properties: {
        scope: { type: 'string', enum: SCOPES },
        target: { type: 'string', description: `a route id, a path template, or one of ${STAGE_IDS.join(', ')}` },
        mode: { type: 'string', enum: MODES },
      },
    },
    answer: { status: 200, description: 'what was set', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const scope = SCOPES.find((known) => known === body['scope']);
      const mode = MODES.find((known) => known === body['mode']);
      const target = String(body['target']);
      if (scope === undefined || mode === undefined) return problem(400, 'body_invalid', 'Not understood');
      const result = await services.setMode({ scope, target, mode });
      return result.ok
        ? json(200, { scope, target, mode })
        : problem(404, 'target_unknown', 'Nothing to set', result.message);
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/modes/{scope}/{target}',
    operationId: 'clearMode',
    summary: 'takes back a mode that was set by command; `target` percent-encoded',
    role: 'operator',
    answer: { status: 200, description: 'whether there was one', schema: OPEN_OBJECT },
    async handle({ services, path }) {
      const scope: ModeOverride['scope'] | undefined = SCOPES.find((known) => known === path['scope']);
      if (scope === undefined)
        return problem(404, 'target_unknown', 'Nothing to clear', `scopes are ${SCOPES.join(', ')}`);
      const cleared = await services.clearMode(scope, path['target'] ?? '');
      return cleared
        ? json(200, { cleared })
        : problem(404, 'target_unknown', 'Nothing to clear', 'no such mode was set');
    },
  },
  {
    method: 'GET',
    path: '/api/v1/config',
    operationId: 'getConfiguration',
    summary: 'the configuration in force, commands included',
    role: 'viewer',
    answer: { status: 200, description: 'configuration, its version and its file', schema: OPEN_OBJECT },
    handle: ({ services }) => {
      const { current, version, file } = services.configuration();
      return json(200, { version, file: file ?? null, configuration: current });
    },
  },
  {
    method: 'POST',
    path: '/api/v1/config/validate',
    operationId: 'validateConfiguration',
    summary: 'judges the text of a configuration; changes nothing',
    role: 'administrator',
    body: { type: 'object', required: ['text'], properties: { text: { type: 'string', maxLength: 1_048_576 } } },
    answer: { status: 200, description: 'whether it would load, and what is wrong', schema: validation() },
    handle: ({ services, body }) => json(200, services.validateConfiguration(String(body['text']))),
  },
  {
    method: 'POST',
    path: '/api/v1/config/replay',
    operationId: 'replayConfiguration',
    summary: 'tries a configuration on the stored calls: which would be newly denied or allowed; changes nothing',
    role: 'administrator',
    body: {
      type: 'object',
      properties: {
        text: {
          type: 'string',
          maxLength: 1_048_576,
          description: 'the configuration; without it, the file as it stands',
        },
        sinceMinutes: { type: 'integer', minimum: 1, maximum: 100_000, description: 'a day unless told' },
        route: { type: 'string', description: 'calls that were recorded on this route alone' },
        enforce: { type: 'boolean', description: 'as if every stage enforced' },
      },
    },
    answer: { status: 200, description: 'counts, and what changes by rule, route and caller', schema: OPEN_OBJECT },
    async handle({ services, body }) {
      const minutes = typeof body['sinceMinutes'] === 'number' ? body['sinceMinutes'] : MINUTES_OF_A_DAY;
      const result = await services.replays.replay({
        text: typeof body['text'] === 'string' ? body['text'] : undefined,
        sinceMs: services.clock.nowMs() - minutes * 60_000,
        routeId: typeof body['route'] === 'string' ? body['route'] : undefined,
        enforce: body['enforce'] === true,
      });
      switch (result.kind) {
        case 'done':
          return json(200, result.comparison);
        case 'invalid':
          return problem(422, 'configuration_invalid', 'The configuration has errors', 'nothing was replayed', {
            problems: result.problems,
          });
        case 'busy':
          return problem(409, 'replay_running', 'A replay is running', 'wait for it, or end it with DELETE');
        case 'cancelled':
          return problem(409, 'replay_cancelled', 'The replay was ended');
      }
    },
  },
  {
    method: 'GET',
    path: '/api/v1/config/replay',
    operationId: 'replayStatus',
    summary: 'whether a replay runs, and how many calls it has looked at',
    role: 'viewer',
    answer: { status: 200, description: 'how far it is', schema: OPEN_OBJECT },
    handle: ({ services }) => json(200, services.replays.status()),
  },
  {
    method: 'DELETE',
    path: '/api/v1/config/replay',
    operationId: 'cancelReplay',
    summary: 'ends a replay that runs',
    role: 'administrator',
    answer: { status: 200, description: 'whether there was one', schema: OPEN_OBJECT },
    handle: async ({ services }) => json(200, { cancelled: await services.replays.cancel() }),
  },
  {
    method: 'POST',
    path: '/api/v1/config/reload',
    operationId: 'reloadConfiguration',
    summary: 'reads the configuration file again; an invalid one changes nothing',
    role: 'administrator',
    answer: { status: 200, description: 'reloaded', schema: validation() },
    async handle({ services }) {
      const result = await services.reloadConfiguration();
      const problems: readonly ConfigurationProblem[] = result.problems;
      return result.ok
        ? json(200, result)
        : problem(422, 'configuration_invalid', 'The configuration has errors', 'the running one stays', { problems });
    },
  },
];

function validation(): JsonSchema {
  return { type: 'object', required: ['ok', 'problems'], properties: { ok: { type: 'boolean' }, problems: PROBLEMS } };
}
