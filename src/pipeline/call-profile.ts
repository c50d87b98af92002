import { assertNothingLeft } from '../core/assert-never.ts';
import type { AuthenticateConfig, Configuration, RouteConfig } from '../core/configuration.ts';
import type { CredentialRestriction } from '../core/credential.ts';
import type { Principal } from '../core/principal.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { Snapshot, SnapshotData } from './snapshot.ts';

/** What many calls have in common of what judging anew takes: kept once, named by each. No secret, subject or claim. */
export interface CallProfile {
  readonly version: 1;
  /** Fingerprints of what framing and the client address were judged by. */
  readonly framing: number;
  readonly proxies: number;
  /** Fingerprint of what the route asked of contents; 0 where there was no route. */
  readonly content: number;
  /** How attacks were looked for; absent where they were not. */
  readonly payload?: RecordedReading;
  /** How the route asked who is calling; `unrouted` where there was none. */
  readonly rule: AuthenticateConfig['kind'] | 'unrouted';
  readonly asked: readonly string[];
  /** By name: fingerprint of the method's configuration, and whether a credential of its kind came. */
  readonly methods: Readonly<Record<string, readonly [fingerprint: number, presented: boolean]>>;
  /** By name: whether a field came that credentials are read from. */
  readonly fields: Readonly<Record<string, boolean>>;
  readonly principal: ProfiledPrincipal | undefined;
}

/** How a call was looked through: what of it cannot be had of its record by another policy. */
export interface RecordedReading {
  /** Fingerprint of the whole policy but its exceptions. */
  readonly policy: number;
  readonly learns: boolean;
  /** Whether of what was too large a part was looked at. */
  readonly samples: boolean;
}

export type ProfiledPrincipal = Pick<
  Principal,
  'method' | 'binding' | 'scopes' | 'groups' | 'roles' | 'tier' | 'issuer' | 'clientId' | 'acr'
> & { readonly restrictions?: readonly CredentialRestriction[] };

/** What of a configuration decides whether a recorded verdict would be given again. */
export interface JudgedBy {
  readonly framing: number;
  readonly proxies: number;
  readonly methods: ReadonlyMap<string, number>;
}

export function judgedBy(
  { configuration, clientTrust }: Pick<SnapshotData, 'configuration' | 'clientTrust'>,
  fingerprint: Fingerprint,
): JudgedBy {
  const { headerBytesMax, headerFieldsMax } = configuration.listen.limits;
  const forwarded = Object.values(configuration.authenticators).flatMap((one) =>
    one.type === 'mtls' ? [one.forwarded ?? null] : [],
  );
  const around = JSON.stringify([clientTrust ?? null, forwarded]);
  return {
    framing: fingerprint(`framing ${headerBytesMax} ${headerFieldsMax}`),
    proxies: fingerprint(`proxies ${configuration.trustedProxies.join(' ')}`),
    methods: new Map(
      Object.entries(configuration.authenticators).map(([name, config]) => [
        name,
        fingerprint(`method ${JSON.stringify(config)}${config.type === 'api-key' ? '' : around}`),
      ]),
    ),
  };
}

/** How a route looks for attacks; undefined where it does not. */
export function readingOf(
  { payload }: Pick<RouteConfig, 'payload'>,
  fingerprint: Fingerprint,
): RecordedReading | undefined {
  if (payload === undefined) return undefined;
  const { exceptions: _, ...policy } = payload;
  return {
    policy: fingerprint(`payload ${JSON.stringify(policy)}`),
    learns: payload.learn,
    samples: payload.onLimit === 'scan-what-fits',
  };
}

/** Of what a route asks of the content of calls and answers, and of whom: all of it but what a record can be judged by. */
export function contentOf({ upstreams, geo }: Configuration, route: RouteConfig, fingerprint: Fingerprint): number {
  const { upstream, authorize, bodyBytesMax, graphql, contract, payload: _payload, keepCredentials, ...judged } = route;
  const {
    id,
    match,
    mode,
    stages,
    authenticate,
    limits,
    paths,
    rulesOf,
    parametersOf,
    origins: _origins,
    ...others
  } = judged;
  assertNothingLeft(others);
  const { scopes, access, ...more } = authorize;
  assertNothingLeft(more);
  const ofFields = access.flatMap(({ name, group: _group, conditions, deny, decide, fields, rows, ...rest }) => {
    assertNothingLeft(rest);
    return fields === undefined && rows === undefined ? [] : [name, fields, rows, geo];
  });
  // The document itself is known by its digest.
  const answering = JSON.stringify([upstream, upstreams[upstream], keepCredentials]);
  const template = parametersOf ?? match.path;
  const asked = JSON.stringify([bodyBytesMax, graphql, contract, template, ofFields]);
  return fingerprint(`content ${answering} ${asked}`);
}

/** Fields whose presence is recorded: those of the methods there are, and the one every other would use. */
export function watchedFields(methods: Snapshot['methods']): readonly string[] {
  return [...new Set(['authorization', ...[...methods.values()].flatMap((one) => one.credentialHeaders)])].slice(0, 16);
}

/** Reads a profile that was kept; undefined where it is of another form. */
export function parseProfile(text: string): CallProfile | undefined {
  try {
    const value = JSON.parse(text) as CallProfile;
    return value.version === 1 && Array.isArray(value.asked) && typeof value.methods === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

export function namesOf(rule: AuthenticateConfig): readonly string[] {
  return rule.kind === 'none' ? [] : rule.authenticators;
}
