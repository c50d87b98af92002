import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import type { BodySource, Call } from '../core/call.ts';
import type { HmacClient } from '../core/configuration.ts';
import type { Verdict } from '../core/verdict.ts';
import { createReplayMemory, ReplayGuard } from '../crypto/replay-memory.ts';
import type { RegisteredConsumer } from './consumer-of.ts';
import { createHmacAuthenticator, type HmacAuthenticator } from './hmac.ts';
import { canonicalRequest } from './hmac-canonical.ts';

export const NOW = Date.UTC(2026, 0, 1);
export const SECONDS = NOW / 1_000;
export const OLD = Buffer.alloc(32, 'old-secret');
export const NEW = Buffer.alloc(32, 'new-secret');
export const OTHER = Buffer.alloc(32, 'other-secret');
export const BODY = '{"amount":1}';
export const NO_SOURCE: BodySource = { collect: () => assert.fail('there is no body to read') };

export interface Change {
  readonly secret?: Buffer;
  readonly clientId?: string;
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly host?: string;
  readonly body?: string;
  readonly headers?: readonly string[];
  readonly signed?: readonly string[];
  readonly timestamp?: string;
  readonly nonce?: string;
  readonly signature?: (mac: Buffer) => string;
}

export interface Parts {
  readonly scheme?: 'standard-webhooks' | 'sallyport-hmac';
  readonly clients?: Readonly<Record<string, HmacClient>>;
  readonly replay?: ReplayGuard;
  readonly monotonicMs?: () => number;
  readonly find?: (name: string) => RegisteredConsumer | undefined;
}

export function build({
  scheme = 'sallyport-hmac',
  clients,
  replay = replayGuard(),
  find = () => undefined,
  monotonicMs = () => 0,
}: Parts = {}): HmacAuthenticator {
  const billing = { secrets: [NEW, OLD].map((one) => one.toString('base64')), consumer: 'acme', scopes: ['write'] };
  const twin = { secrets: [OTHER.toString('base64')], consumer: 'twins', scopes: [] };
  return createHmacAuthenticator({
    name: 'signed',
    config: { type: 'hmac', scheme, maxAgeSeconds: 300, bodyBytesMax: 1_024, clients: clients ?? { billing, twin } },
    replay,
    monotonicMs,
    consumers: { find },
  });
}

export function hook(replay = replayGuard()): HmacAuthenticator {
  const sender = { secrets: [`whsec_${NEW.toString('base64')}`, OLD.toString('base64')], consumer: 'acme', scopes: [] };
  return build({ scheme: 'standard-webhooks', clients: { sender }, replay });
}

export function replayGuard(startedAtMs = NOW - 1_000_000, entries = 1_024): ReplayGuard {
  return new ReplayGuard(createReplayMemory({ entries, startedAtMs }));
}

export function whole(text: string): BodySource {
  return { collect: () => Promise.resolve({ kind: 'whole', bytes: Buffer.from(text) }) };
}

export async function judge(
  by: HmacAuthenticator,
  call: Call,
  body: BodySource = call.bodyFraming === 'none' ? NO_SOURCE : whole(BODY),
  nowMs = NOW,
): Promise<Verdict> {
  return await by.authenticate(call, nowMs, body);
}

/** A call that is signed as clients sign, changed before it is signed. */
export function callOf(change: Change = {}): Call {
  const { clientId = 'billing', method = 'POST', path = '/v1/orders', query = 'a=1', host = 'api.example' } = change;
  const { body = BODY, headers = ['content-type', 'text/plain'], signed = ['content-type', 'host'] } = change;
  const { timestamp = String(SECONDS), nonce = 'nonce0123456789a', secret = NEW } = change;
  const { signature = (bytes: Buffer) => bytes.toString('hex') } = change;
  const fieldValue = (name: string) => (name === 'host' ? host : (headers[headers.indexOf(name) + 1] ?? ''));
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  const fields = signed.map((name) => [name, fieldValue(name)] as const);
  const text = canonicalRequest({ clientId, method, path, query, fields, bodySha256, timestamp, nonce });
  const shownSignature = signature(mac(secret, text));
  return {
    requestId: 'r',
    method,
    scheme: 'https',
    host,
    path,
    pathAmbiguities: 0,
    query,
    httpVersion: '1.1',
    headers: [
      'authorization',
      `Sallyport-HMAC-SHA256 Credential=${clientId},SignedHeaders=${signed.join(';')},Timestamp=${timestamp},Nonce=${nonce},Signature=${shownSignature}`,
      ...headers,
    ],
    address: { text: '192.0.2.1', group: '192.0.2.1' },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'length',
    bodyBytesDeclared: -1,
    upgrade: '',
    fault: undefined,
  };
}

export function withoutBody(change: Change = {}): Call {
  return { ...callOf({ method: 'GET', body: '', headers: [], signed: ['host'], ...change }), bodyFraming: 'none' };
}

export function withFields(call: Call, fields: readonly string[]): Call {
  return { ...call, headers: [...call.headers, ...fields] };
}

/** Changes the credential after it was signed. */
export function edited(call: Call, change: (text: string) => string): Call {
  return { ...call, headers: call.headers.map((text, i) => (i === 1 ? change(text) : text)) };
}

export function webhook({ secret = NEW, nonce = 'msg_1', timestamp = String(SECONDS) }: Change = {}): Call {
  const signature = mac(secret, `${nonce}.${timestamp}.${BODY}`).toString('base64');
  return { ...callOf(), headers: webhookFields(nonce, timestamp, `v1,${signature}`) };
}

export function signedBy(list: (mac: string) => string): Call {
  const signature = mac(NEW, `msg_1.${SECONDS}.${BODY}`).toString('base64');
  return { ...callOf(), headers: webhookFields('msg_1', String(SECONDS), list(signature)) };
}

export function webhookFields(id: string, timestamp: string, signature: string): readonly string[] {
  return ['webhook-id', id, 'webhook-timestamp', timestamp, 'webhook-signature', signature];
}

export function renamed(headers: readonly string[], name: string, value: string): readonly string[] {
  return headers.map((text, i) => (i % 2 === 1 && headers[i - 1] === name ? value : text));
}

export function mac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function shown(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'deny':
      return `${verdict.reason} ${verdict.signals?.map(({ name }) => name).join(' ')}`;
    case 'indeterminate':
      return `${verdict.kind} ${verdict.fault.reason}`;
    case 'pass':
      return `pass ${verdict.principal?.subject}`;
    case 'notApplicable':
      return verdict.kind;
  }
}
