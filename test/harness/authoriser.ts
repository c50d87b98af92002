import assert from 'node:assert/strict';
import { ALICE } from '../../src/authz/access-fixture.test.ts';
import { loadConfigurationText } from '../../src/config/load.ts';
import type { AcceptedOwner } from '../../src/core/ownership.ts';
import type { Principal } from '../../src/core/principal.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { generateAssertionKey } from '../../src/crypto/assertion.ts';
import { createFetch } from '../../src/edge/outbound-fetch.ts';
import { toCall } from '../../src/http/call.ts';
import { beginEvaluation, EMPTY_BODY } from '../../src/pipeline/evaluation.ts';
import { compileSnapshot, type Snapshot, type SnapshotParts } from '../../src/pipeline/snapshot.ts';
import { emptyParts } from '../../src/pipeline/snapshot-fixture.test.ts';
import { judgeAuthorisation } from '../../src/pipeline/stages/authorise.ts';
import { judgeRoute } from '../../src/pipeline/stages/route.ts';

export interface AuthoriserOptions {
  /** YAML of `owners` and `deciders`, and of `authorize` of the one route. */
  readonly outside: string;
  readonly authorize: string;
  readonly path?: string;
  readonly methods?: string;
  /** YAML of `paths`: what becomes of ambiguous paths. */
  readonly paths?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly parts?: Partial<SnapshotParts>;
  readonly accepted?: readonly AcceptedOwner[];
}

export interface AuthorisedCall {
  readonly target: string;
  readonly fields?: readonly string[];
  readonly method?: string;
  readonly address?: string;
}

/** The stages `route` and `authorise` over a configuration as users write it, for callers that are identified already. */
export class Authoriser {
  readonly snapshot: Snapshot;

  constructor({
    outside,
    authorize,
    path = '/orders/{orderId}',
    paths = '{ encodedSlash: keep, dotSegments: keep, doubleEncoding: keep, semicolon: keep, backslash: keep }',
    files = {},
    parts = {},
    accepted = [],
  }: AuthoriserOptions) {
    const text = `
version: 1
mode: enforce
upstreams: { shop: { url: "http://127.0.0.1:1" } }
authenticators: { keys: { type: api-key, header: x-key } }
${outside}
routes:
  - id: order
    match: { path: "${path}" }
    upstream: shop
    authenticate: { anyOf: [keys] }
    paths: ${paths}
    authorize: ${authorize}
  - { id: other, match: { path: "/others/{orderId}" }, upstream: shop, authenticate: { anyOf: [keys] }, authorize: ${authorize} }
`;
    const loaded = loadConfigurationText(text, '/srv/sallyport.yaml', {
      env: {},
      cwd: '/srv',
      readFile: (file) => files[file.split('/').at(-1) ?? ''] ?? '',
    });
    assert.ok(loaded.ok, loaded.ok ? '' : JSON.stringify(loaded.diagnostics, undefined, 1));
    this.snapshot = compileSnapshot(
      {
        version: 1,
        configuration: loaded.configuration,
        peppers: { current: 1, byVersion: { 1: new Uint8Array(32).fill(1) } },
        consumers: new Map(),
        clientTrust: undefined,
        decoys: { tokens: [], clients: [] },
        assertionKey: generateAssertionKey(),
        acceptedOwners: accepted,
      },
      emptyParts({ fetch: createFetch(), monotonicMs: () => performance.now(), ...parts }),
    );
  }

  judge(
    principal: Principal | undefined,
    { target, fields = [], method = 'GET', address = '192.0.2.1' }: AuthorisedCall,
  ): Verdict | Promise<Verdict> {
    const call = toCall(
      {
        method,
        target,
        httpVersion: '1.1',
        rawHeaders: ['Host', 'api.example', ...fields],
        encrypted: true,
        remoteAddress: address,
        peer: undefined,
      },
      this.snapshot.callPolicy,
      'id',
    );
    const evaluation = beginEvaluation(call, EMPTY_BODY, this.snapshot, 0, 0, 1, true);
    const routed = judgeRoute(evaluation);
    assert.equal(routed.kind, 'pass', `${target} is routed: ${JSON.stringify(routed)}`);
    evaluation.principal = principal;
    return judgeAuthorisation(evaluation);
  }

  /** `pass`, or the reason of the refusal. */
  async says(
    principal: Principal | undefined,
    target: string,
    more: Omit<AuthorisedCall, 'target'> = {},
  ): Promise<string> {
    const verdict = await this.judge(principal, { target, ...more });
    switch (verdict.kind) {
      case 'deny':
        return verdict.reason;
      case 'indeterminate':
        return verdict.fault.reason;
      default:
        return verdict.kind;
    }
  }
}

export function caller(subject: string, change: Partial<Principal> = {}): Principal {
  return { ...ALICE, subject, consumer: subject, ...change };
}
