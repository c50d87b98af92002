import { DpopNonces } from '../../authn/dpop-nonce.ts';
import { AskCounts } from '../../authz/outside/ask-counts.ts';
import { type BodySource, headerValue } from '../../core/call.ts';
import type { CallEvent } from '../../core/event.ts';
import { CredentialReader } from '../../crypto/credential-index.ts';
import { createReplayMemory, ReplayGuard } from '../../crypto/replay-memory.ts';
import { RevocationReader } from '../../crypto/revocation-memory.ts';
import { LearnedTable } from '../../detect/parameters/learned-table.ts';
import { createFetch } from '../../edge/outbound-fetch.ts';
import { ThreadOwnerDatabases } from '../../edge/owner-databases/owner-databases.ts';
import { toCall } from '../../http/call.ts';
import { addressGroup } from '../../http/client-address.ts';
import { evaluate } from '../../pipeline/evaluate.ts';
import { beginEvaluation } from '../../pipeline/evaluation.ts';
import { fingerprintOf } from '../../pipeline/fingerprint.ts';
import { compileSnapshot, type SnapshotData } from '../../pipeline/snapshot.ts';
import type { Clock, KeySetSource } from '../../ports.ts';
import type { GatewayState } from './state.ts';

/**
 * Judges a request that stands in an .http file as the data plane would, against the live keys and limits; nothing is
 * charged, forwarded or recorded.
 */
export async function explainRequest(
  text: string,
  address: string,
  data: SnapshotData,
  state: Pick<GatewayState, 'index' | 'limits' | 'revocationIndex' | 'replay' | 'nonceSecret'>,
  clock: Clock,
  keySets: KeySetSource['current'],
  learned: SharedArrayBuffer,
): Promise<CallEvent | { readonly problem: string }> {
  const request = parseHttpFile(text);
  if ('problem' in request) return request;
  if (addressGroup(address) === '') return { problem: 'the address is empty' };
  const ownerDatabases = new ThreadOwnerDatabases();
  const snapshot = compileSnapshot(data, {
    credentials: new CredentialReader(state.index.handle()),
    limits: state.limits,
    keySets: { current: keySets, refresh: () => Promise.resolve() },
    revocations: new RevocationReader(state.revocationIndex.handle()),
    // A memory of its own: explaining a request must not use up what it carries.
    replay: new ReplayGuard(
      createReplayMemory({ entries: EXPLAIN_REPLAY_ENTRIES, startedAtMs: state.replay.startedAtMs }),
    ),
    nonces: new DpopNonces(state.nonceSecret),
    fetch: createFetch(),
    monotonicMs: () => clock.monotonicMicros() / 1_000,
    ownerDatabases,
    askCounts: new AskCounts(),
    parameters: { table: new LearnedTable(fingerprintOf(state.limits), learned), sampler: undefined },
  });
  const encrypted = data.configuration.listen.tls !== undefined;
  const call = toCall(
    { ...request, encrypted, remoteAddress: address, peer: undefined },
    snapshot.callPolicy,
    'not-sent',
  );
  const startedAt = clock.monotonicMicros();
  const decision = await evaluate(
    beginEvaluation(call, bodyOf(request.body), snapshot, clock.nowMs(), startedAt, 1, true),
    clock,
  );
  await ownerDatabases.close();
  const denied = decision.effect === 'deny';
  return {
    requestId: call.requestId,
    timeMs: clock.nowMs(),
    method: call.method,
    scheme: call.scheme,
    host: call.host,
    path: call.path,
    httpVersion: call.httpVersion,
    address: call.address.text,
    userAgent: headerValue(call.headers, 'user-agent') ?? '',
    routeId: decision.routeId ?? '',
    consumer: decision.principal?.consumer ?? '',
    credentialId: decision.principal?.credentialId ?? (denied ? decision.credentialId : ''),
    authenticator: decision.principal?.authenticator ?? '',
    outcome: denied ? (decision.enforced ? 'denied' : 'observed') : 'permitted',
    reason: denied ? decision.reason : '',
    detail: denied ? decision.detail : '',
    status: denied && decision.enforced ? decision.status : 0,
    durationMicros: clock.monotonicMicros() - startedAt,
    upstreamMicros: 0,
    decisionMicros: clock.monotonicMicros() - startedAt,
    requestBytes: 0,
    responseBytes: 0,
    error: '',
    trace: decision.trace,
    signals: decision.signals.map(({ name }) => name),
  };
}

interface ParsedRequest {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

const EXPLAIN_REPLAY_ENTRIES = 64;

function bodyOf(bytes: Uint8Array): BodySource {
  return { collect: (bytesMax) => (bytes.length > bytesMax ? { kind: 'tooLarge' } : { kind: 'whole', bytes }) };
}

/**
 * Request line, then fields, then an empty line and a body, as editors know .http files: comments with # or // before the
 * request line, an absolute URL gives the host, the version may be left out.
 */
function parseHttpFile(text: string): ParsedRequest | { readonly problem: string } {
  const lines = text.split(/\r?\n/);
  let at = 0;
  while (at < lines.length && isSkipped(lines[at] ?? '')) at++;
  const [method, url, version = 'HTTP/1.1', ...rest] = (lines[at] ?? '').trim().split(/ {1,8}/);
  if (method === undefined || method === '' || url === undefined || rest.length > 0)
    return { problem: 'the first line is not a request line such as GET /orders HTTP/1.1' };
  const rawHeaders: string[] = [];
  for (at++; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.trim() === '') break;
    const colon = line.indexOf(':');
    if (colon <= 0) return { problem: `line ${at + 1} is not a header field` };
    rawHeaders.push(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = lines.slice(at + 1).join('\n');
  const has = (name: string): boolean =>
    rawHeaders.some((value, index) => index % 2 === 0 && value.toLowerCase() === name);
  if (body.trim() !== '' && !has('content-length') && !has('transfer-encoding'))
    rawHeaders.push('content-length', String(Buffer.byteLength(body)));
  const absolute = url.startsWith('/') ? null : URL.parse(url);
  if (!has('host')) rawHeaders.push('host', absolute === null ? 'localhost' : absolute.host);
  return {
    method,
    target: absolute === null ? url : `${absolute.pathname}${absolute.search}`,
    httpVersion: version.replace(/^HTTP\//, ''),
    rawHeaders,
    body: Buffer.from(body.trim() === '' ? '' : body),
  };
}

function isSkipped(line: string): boolean {
  const trimmed = line.trim();
  return trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('//');
}
