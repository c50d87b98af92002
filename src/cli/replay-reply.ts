import { isJsonObject, type JsonObject } from '../core/json-object.ts';
import { CHANGES, type Comparison } from '../pipeline/comparison.ts';
import type { ReplayReport } from '../pipeline/replay.ts';
import { type AdminReply, AdminUnreachable } from './admin-client.ts';

/** The comparison a gateway answered with. Throws AdminUnreachable for what is none: the gateway may be of another version. */
export function comparisonIn({ body }: AdminReply): Comparison {
  if (!isComparison(body)) throw unknownReply();
  return body;
}

/** The report of recorded verdicts a gateway answered with. Throws as `comparisonIn`. */
export function replayReportIn({ body }: AdminReply): ReplayReport {
  if (!isReplayReport(body)) throw unknownReply();
  return body;
}

function unknownReply(): AdminUnreachable {
  return new AdminUnreachable(
    'the gateway answered with a report this version does not know',
    'restart the gateway with the version of this command',
  );
}

function isComparison(body: JsonObject): body is JsonObject & Comparison {
  const { counts } = body;
  return (
    hasNumbers(body, ['calls', 'mayBeDenied', 'deniedInForce', 'sinceMs', 'untilMs']) &&
    hasFlags(body, ['incomplete', 'stopped']) &&
    isJsonObject(counts) &&
    hasNumbers(counts, CHANGES) &&
    isListOf(body['byRule'], (one) => isCounted(one, ['change', 'reason', 'rule'])) &&
    isListOf(body['byRoute'], (one) => isCounted(one, ['change', 'route'])) &&
    isListOf(body['byConsumer'], (one) => isCounted(one, ['change', 'caller']) && hasFlags(one, ['identified'])) &&
    isListOf(body['unknownBecause'], (one) => isCounted(one, ['why']))
  );
}

function isReplayReport(body: JsonObject): body is JsonObject & ReplayReport {
  const isCaller = (one: JsonObject, name: string): boolean =>
    hasTexts(one, [name]) && hasNumbers(one, ['calls', 'wouldDeny']) && isListOf(one['reasons'], isReason);
  return (
    hasNumbers(body, ['calls', 'denied', 'deniedByStages', 'wouldDeny', 'sinceMs', 'untilMs']) &&
    hasFlags(body, ['incomplete']) &&
    isListOf(body['byReason'], isReason) &&
    isListOf(body['byConsumer'], (one) => isCaller(one, 'consumer')) &&
    isListOf(body['byAddress'], (one) => isCaller(one, 'address'))
  );
}

function isReason(one: JsonObject): boolean {
  return hasTexts(one, ['reason']) && hasNumbers(one, ['calls']);
}

/** Calls with some of their request ids. */
function isCounted(one: JsonObject, texts: readonly string[]): boolean {
  const { examples } = one;
  return (
    hasTexts(one, texts) &&
    hasNumbers(one, ['calls']) &&
    Array.isArray(examples) &&
    examples.every((id) => typeof id === 'string')
  );
}

function isListOf(value: unknown, isOne: (one: JsonObject) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => isJsonObject(one) && isOne(one));
}

function hasNumbers(value: JsonObject, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'number');
}

function hasTexts(value: JsonObject, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string');
}

function hasFlags(value: JsonObject, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'boolean');
}
