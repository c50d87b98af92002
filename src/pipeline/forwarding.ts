import type { Forwarding } from '../core/decision.ts';
import type { Evaluation } from './evaluation.ts';

/** Where a call goes if it goes; undefined where there is no such place. */
export function forwardingOf(evaluation: Evaluation): Forwarding | undefined {
  const { route, snapshot, call } = evaluation;
  const upstream = route !== undefined ? route.config.upstream : snapshot.unmatchedUpstream;
  if (upstream === undefined || call.fault?.fatal === true) return undefined;
  const asItCame = route !== undefined ? route.observed : true;
  const keepCredentials = asItCame || (route?.config.keepCredentials ?? false);
  const query =
    keepCredentials || route === undefined ? call.query : withoutParameters(call.query, route.credentialParameters);
  return {
    upstream,
    target: query === '' ? evaluation.path : `${evaluation.path}?${query}`,
    asItCame,
    keepCredentials,
    bodyBytesMax: asItCame || route === undefined ? Number.POSITIVE_INFINITY : route.config.bodyBytesMax,
    body: evaluation.forwardedBody,
  };
}

/** A query without the parameters credentials come in, however their names are encoded; the others stay as they are. */
function withoutParameters(query: string, names: readonly string[]): string {
  if (query === '' || names.length === 0) return query;
  const kept = query.split('&').filter((pair) => {
    const mark = pair.indexOf('=');
    return !names.includes(decoded(mark < 0 ? pair : pair.slice(0, mark)));
  });
  return kept.join('&');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}
