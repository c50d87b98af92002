import { createHash } from 'node:crypto';
import { type Call, headerCount, headerValue } from '../core/call.ts';
import type { MtlsAuthenticatorConfig } from '../core/configuration.ts';
import { CERTIFICATE_BYTES_MAX } from '../crypto/certificates/certificate.ts';
import { readPem, strictBase64 } from '../crypto/certificates/pem.ts';
import { decodePercent } from './percent-text.ts';
import { readXfcc } from './xfcc.ts';

export type ForwardedSource = NonNullable<MtlsAuthenticatorConfig['forwarded']>;

/** Field of the chain beside `Client-Cert` (RFC 9440 §2.3). */
export const CHAIN_HEADER = 'client-cert-chain';

/** Certificates a client may send besides its own. */
const SENT_MAX = 7;
const FIELD_CHARACTERS_MAX = 65_536;

/** What a trusted proxy says of the client's certificate. Nothing of it is verified. */
export type ForwardedReading =
  /** The proxy saw none. */
  | { readonly kind: 'none' }
  | { readonly kind: 'certificate'; readonly leaf: Uint8Array; readonly sent: readonly Uint8Array[] }
  | { readonly kind: 'malformed'; readonly detail: string }
  /** More than one field of a kind of which there is one. */
  | { readonly kind: 'several'; readonly detail: string };

/** Lower-case names of the fields a source is read from: clients must never get them past the gateway's edge. */
export function forwardedFields({ header, format }: ForwardedSource): readonly string[] {
  return format === 'client-cert' ? [header, CHAIN_HEADER] : [header];
}

/**
 * Reads the certificate a proxy forwards: `Client-Cert` of RFC 9440, Envoy's `x-forwarded-client-cert`, or PEM in
 * URL encoding (nginx `$ssl_client_escaped_cert`). Of a call that does not come from a trusted proxy nothing is read.
 */
export function readForwarded(call: Call, source: ForwardedSource): ForwardedReading {
  if (!call.fromTrustedProxy) return NONE;
  const { headers } = call;
  const value = headerValue(headers, source.header);
  // Some proxies send an empty field where the client has shown no certificate.
  if (value === undefined || value === '') return NONE;
  if (headerCount(headers, source.header) > 1)
    return { kind: 'several', detail: `${source.header} is given more than once` };
  if (value.length > FIELD_CHARACTERS_MAX) return malformed('the forwarded certificate is too long');
  switch (source.format) {
    case 'client-cert':
      return readClientCert(call, value);
    case 'url-pem':
      return readUrlPem(value);
    case 'xfcc':
      return readElement(value);
  }
}

/** The fields of a call that decide what `readForwarded` says, as one text to remember it by; undefined where it is not to be remembered. */
export function forwardedText(call: Call, { header, format }: ForwardedSource): string | undefined {
  if (!call.fromTrustedProxy || headerCount(call.headers, header) !== 1) return undefined;
  const value = headerValue(call.headers, header) ?? '';
  const chain = format === 'client-cert' ? chainText(call) : '';
  return chain === '' ? value : `${value} ${chain}`;
}

function readClientCert(call: Call, value: string): ForwardedReading {
  const leaf = byteSequence(value);
  if (leaf === undefined || leaf.length > CERTIFICATE_BYTES_MAX) return malformed('Client-Cert is no byte sequence');
  const chain = chainText(call);
  const sent: Uint8Array[] = [];
  if (chain.length > FIELD_CHARACTERS_MAX) return malformed('Client-Cert-Chain is too long');
  if (chain !== '')
    for (const member of chain.split(',')) {
      const bytes = byteSequence(trimSpaces(member));
      if (bytes === undefined) return malformed('Client-Cert-Chain is no list of byte sequences');
      if (sent.length >= SENT_MAX) return malformed('Client-Cert-Chain is too long');
      sent.push(bytes);
    }
  return { kind: 'certificate', leaf, sent };
}

/** A list may come in several lines (RFC 9651 §3.1), unlike the certificate itself. */
function chainText({ headers }: Call): string {
  let text: string | undefined;
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === CHAIN_HEADER) text = text === undefined ? headers[i + 1] : `${text},${headers[i + 1]}`;
  return text ?? '';
}

/** `:base64:` (RFC 9651 §3.3.5), canonical and without parameters, which RFC 9440 defines none of. */
function byteSequence(text: string): Uint8Array | undefined {
  if (text.length < 3 || !text.startsWith(':') || !text.endsWith(':')) return undefined;
  return strictBase64(text.slice(1, -1));
}

function readUrlPem(value: string): ForwardedReading {
  const chain = pemBlocks(value);
  const leaf = chain?.[0];
  if (chain === undefined || leaf === undefined)
    return malformed('the forwarded certificate is no PEM in URL encoding');
  return chain.length === 1
    ? { kind: 'certificate', leaf, sent: [] }
    : malformed('the field holds more than one certificate');
}

/**
 * The element of the nearest proxy, which is the last: what stands before it was there when the call reached that proxy,
 * so that it is the claim of somebody the gateway does not know. `Hash` alone is no proof of anything, so that the
 * certificate itself has to be there, and has to be the one whose hash the proxy names.
 */
function readElement(value: string): ForwardedReading {
  const reading = readXfcc(value);
  if (reading.kind === 'malformed') return reading;
  const { cert, hash, chain } = reading.last;
  if (cert === undefined) return malformed('the last element has no Cert');
  const leaf = pemBlocks(cert);
  const der = leaf?.[0];
  if (leaf?.length !== 1 || der === undefined) return malformed('Cert is no PEM certificate in URL encoding');
  // An unquoted name of the client, written behind Hash, can forge a Cert but no longer the hash of it.
  if (hash?.toLowerCase() !== createHash('sha256').update(der).digest('hex'))
    return malformed('Hash is not that of Cert');
  if (chain === undefined) return { kind: 'certificate', leaf: der, sent: [] };
  const all = pemBlocks(chain);
  if (all === undefined || Buffer.compare(all[0] ?? EMPTY, der) !== 0)
    return malformed('Chain does not begin with Cert');
  return { kind: 'certificate', leaf: der, sent: all.slice(1) };
}

function pemBlocks(escaped: string): readonly Uint8Array[] | undefined {
  const text = decodePercent(escaped);
  if (text === undefined) return undefined;
  const pem = readPem(text, 'CERTIFICATE', SENT_MAX + 1, true);
  return pem.kind === 'blocks' ? pem.blocks : undefined;
}

function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start++;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(start, end);
}

function malformed(detail: string): ForwardedReading {
  return { kind: 'malformed', detail };
}

const NONE: ForwardedReading = Object.freeze({ kind: 'none' });
const EMPTY = new Uint8Array(0);
