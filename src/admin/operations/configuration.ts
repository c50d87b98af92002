import { asValid, type JsonSchema } from '../json-schema.ts';
import { type AdminCall, json, OPEN_OBJECT, type Operation, problem } from '../operation.ts';
import type { ConfigurationProblem } from '../services.ts';
import { MODE_SETTING } from './policy.ts';

const MINUTES_OF_A_DAY = 1_440;
const TEXT_CHARACTERS_MAX = 1_048_576;
const PROBLEMS: JsonSchema = { type: 'array', items: OPEN_OBJECT };

export const configurationOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/api/v1/config',
    operationId: 'getConfiguration',
    summary:
      'the configuration file as it stands and the configuration in force; secrets are shown to nobody but who may write it',
    role: 'viewer',
    answer: {
      status: 200,
      description:
        'text and fingerprint of the file, null without one; whether secrets were taken out; why it does not load, where an earlier one is in force; the text it took the place of, for who may write it, and whether that is a change that was taken back; what is in force',
      schema: OPEN_OBJECT,
    },
    handle: showConfiguration,
  },
  {
    method: 'PUT',
    path: '/api/v1/config',
    operationId: 'replaceConfiguration',
    summary:
      'writes the configuration file and puts it into force; one that does not load changes nothing; the former is kept as .previous',
    role: 'administrator',
    body: {
      type: 'object',
      required: ['text', 'ifFingerprint'],
      properties: {
        text: { type: 'string', maxLength: TEXT_CHARACTERS_MAX },
        ifFingerprint: { type: 'string', maxLength: 128, description: 'of the file this is a change of' },
      },
    },
    answer: { status: 200, description: 'in force on every thread, with warnings', schema: OPEN_OBJECT },
    handle: replaceConfiguration,
  },
  {
    method: 'POST',
    path: '/api/v1/config/validate',
    operationId: 'validateConfiguration',
    summary: 'judges the text of a configuration; changes nothing',
    role: 'administrator',
    body: {
      type: 'object',
      required: ['text'],
      properties: { text: { type: 'string', maxLength: TEXT_CHARACTERS_MAX } },
    },
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
          maxLength: TEXT_CHARACTERS_MAX,
          description: 'the configuration; without it, the file as it stands',
        },
        sinceMinutes: { type: 'integer', minimum: 1, maximum: 100_000, description: 'a day unless told' },
        route: {
          type: 'string',
          description: 'calls alone that were recorded on this route, or are on it by what is tried',
        },
        enforce: { type: 'boolean', description: 'as if every stage enforced' },
        mode: { ...MODE_SETTING, description: 'what is in force with this mode, in place of a configuration' },
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
        mode: body['mode'] === undefined ? undefined : asValid(MODE_SETTING, body['mode']),
      });
      switch (result.kind) {
        case 'done':
          return json(200, result.comparison);
        case 'invalid':
          return problem(422, 'configuration_invalid', 'The configuration has errors', 'nothing was replayed', {
            problems: result.problems,
          });
        case 'noTarget':
          return problem(404, 'target_unknown', 'Nothing to set', result.message);
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

function showConfiguration({ services, caller }: AdminCall) {
  const { version, file, refused } = services.configuration();
  const found = services.configurationFile();
  const mayWrite = caller?.role === 'administrator';
  const shown = mayWrite ? { text: found?.text, isMasked: false } : found?.masked();
  const former = mayWrite && found !== undefined ? services.formerConfiguration(found.fingerprint) : undefined;
  return json(200, {
    version,
    file: file ?? null,
    text: shown?.text ?? null,
    masked: shown?.isMasked ?? false,
    fingerprint: found?.fingerprint ?? null,
    refused,
    former: former?.text ?? null,
    formerIsTakenBack: former?.isTakenBack ?? false,
    configuration: services.shownConfiguration(),
  });
}

async function replaceConfiguration({ services, body, caller }: AdminCall) {
  const result = await services.replaceConfiguration(String(body['text']), String(body['ifFingerprint']));
  switch (result.kind) {
    case 'replaced':
      services.logger.info(
        { by: caller?.name, fingerprint: result.fingerprint },
        'the configuration file was replaced',
      );
      return json(200, { ok: true, fingerprint: result.fingerprint, problems: result.problems });
    case 'invalid':
      return problem(
        422,
        'configuration_invalid',
        'The configuration has errors',
        'the file and what is in force stay',
        {
          problems: result.problems,
        },
      );
    case 'changed':
      return problem(409, 'configuration_changed', 'The file was changed meanwhile', 'read it again', {
        fingerprint: result.fingerprint,
      });
    case 'noFile':
      return problem(409, 'configuration_no_file', 'There is no file to write', 'start the gateway with --config');
    case 'unwritable':
      return problem(409, 'configuration_unwritable', 'The file cannot be written', `the system says ${result.detail}`);
  }
}

function validation(): JsonSchema {
  return { type: 'object', required: ['ok', 'problems'], properties: { ok: { type: 'boolean' }, problems: PROBLEMS } };
}
