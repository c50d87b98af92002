import type { AuthenticatorConfig } from '../core/configuration.ts';
import type { CallEvent } from '../core/event.ts';
import { NO_CLAIMS, type Principal } from '../core/principal.ts';
import { type CallProfile, namesOf } from './call-profile.ts';
import type { CompiledRoute, Snapshot } from './snapshot.ts';

/** Who a recorded call would be by another configuration, its credentials being worth what they were worth then. */
export type RecordedIdentity =
  | { readonly kind: 'known'; readonly principal: Principal | undefined }
  | { readonly kind: 'deny'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly why: string };

type Outcome = 'absent' | 'passes' | 'refuses' | 'unknown';

/** Does not verify anything: what was verified stands in the record, and what was not is not known. */
export function identify(
  event: CallEvent,
  profile: CallProfile,
  route: CompiledRoute,
  snapshot: Snapshot,
): RecordedIdentity {
  const rule = route.config.authenticate;
  if (rule.kind === 'none') return { kind: 'known', principal: undefined };
  const names = namesOf(rule);
  const recorded = event.trace.find(({ stage }) => stage === 'authenticate');
  const { methods } = snapshot.judgedBy;
  const isSame = (name: string): boolean => {
    const before = profile.methods[name]?.[0];
    return before !== undefined && before === methods.get(name) && !(isForwarded(name) && otherProxies);
  };
  const otherProxies = profile.proxies !== snapshot.judgedBy.proxies;
  const isForwarded = (name: string): boolean => snapshot.configuration.authenticators[name]?.type === 'mtls';
  const sameRule =
    rule.kind === profile.rule && names.join(' ') === profile.asked.join(' ') && names.every((name) => isSame(name));
  if (sameRule && recorded !== undefined) {
    if (recorded.kind === 'pass') return principalFor(event, profile, snapshot);
    return { kind: 'deny', reason: recorded.reason ?? 'authn.missing' };
  }

  const outcomes = names.map((name) =>
    isSame(name)
      ? recordedOutcome(name, event, profile, recorded?.kind)
      : isAbsent(snapshot.configuration.authenticators[name], snapshot, name, profile)
        ? 'absent'
        : 'unknown',
  );
  const reason = recorded?.reason ?? 'authn.missing';
  if (rule.kind === 'allOf') {
    if (outcomes.includes('absent')) return { kind: 'deny', reason: 'authn.missing' };
    if (outcomes.includes('refuses')) return { kind: 'deny', reason };
    const confined = profile.principal?.restrictions !== undefined && profile.asked.length > 1;
    if (outcomes.every((one) => one === 'passes') && names[0] === event.authenticator && !confined)
      return principalFor(event, profile, snapshot);
    return unknown();
  }
  if (outcomes.every((one) => one === 'absent')) return { kind: 'deny', reason: 'authn.missing' };
  const first = outcomes.findIndex((one) => one !== 'absent');
  const others = outcomes.filter((_, index) => index !== first);
  if (!others.every((one) => one === 'absent')) return unknown();
  if (outcomes[first] === 'refuses') return { kind: 'deny', reason };
  const confined =
    profile.principal?.restrictions !== undefined && profile.rule === 'allOf' && profile.asked.length > 1;
  if (outcomes[first] !== 'passes' || names[first] !== event.authenticator || confined) return unknown();
  return principalFor(event, profile, snapshot);
}

function unknown(): RecordedIdentity {
  return { kind: 'unknown', why: 'whether another method of authentication would take the credential' };
}

function recordedOutcome(
  name: string,
  event: CallEvent,
  { rule, asked, methods }: CallProfile,
  recorded: string | undefined,
): Outcome {
  if (methods[name]?.[1] !== true) return 'absent';
  if (recorded === undefined || !asked.includes(name)) return 'unknown';
  if (recorded === 'pass') {
    if (name === event.authenticator || rule === 'allOf') return 'passes';
    // It was asked before the one that knew the caller, and said that this was none of its.
    return asked.indexOf(name) < asked.indexOf(event.authenticator) ? 'absent' : 'unknown';
  }
  const presented = asked.filter((one) => methods[one]?.[1] === true);
  return rule === 'anyOf' && presented.length === 1 ? 'refuses' : 'unknown';
}

/** Whether no credential came that the method could take. A certificate may come with any call. */
function isAbsent(
  config: AuthenticatorConfig | undefined,
  snapshot: Snapshot,
  name: string,
  { fields }: CallProfile,
): boolean {
  if (config === undefined || config.type === 'mtls') return false;
  if (config.type === 'jwt' || config.type === 'introspection')
    return config.location.queryParameter === undefined && fields['authorization'] === false;
  const headers = snapshot.methods.get(name)?.credentialHeaders ?? [];
  return headers.length > 0 && headers.every((header) => fields[header] === false);
}

/** The principal as the record holds it, with the groups and tier that the configuration gives its consumer. */
function principalFor(event: CallEvent, profile: CallProfile, { configuration }: Snapshot): RecordedIdentity {
  const { principal } = profile;
  if (principal === undefined || event.facts === undefined) return { kind: 'unknown', why: 'who was calling' };
  const method = configuration.authenticators[event.authenticator];
  const told = Object.hasOwn(configuration.consumers, event.consumer)
    ? configuration.consumers[event.consumer]
    : undefined;
  const ownGroups =
    (method?.type === 'jwt' || method?.type === 'introspection') && method.claims.groupsClaim !== undefined;
  return {
    kind: 'known',
    principal: {
      version: 1,
      ...principal,
      groups: told === undefined || ownGroups ? principal.groups : told.groups,
      tier: told?.tier ?? principal.tier,
      consumer: event.consumer,
      subject: event.facts.subjectIsConsumer ? event.consumer : '',
      authenticator: event.authenticator,
      credentialId: event.credentialId,
      authenticatedAtSeconds: event.facts.authenticatedAtSeconds,
      issuedAtSeconds: event.facts.issuedAtSeconds,
      expiresAtMs: 0,
      claims: NO_CLAIMS,
      restrictions: principal.restrictions,
    },
  };
}
