import { type CertificateFacts, readCertificate } from '../../crypto/certificates/certificate.ts';
import { clientLeafFault } from '../../crypto/certificates/client-leaf.ts';

/** Fields the data plane sets on calls of the authorization server, and strips from those of clients. */
export const CALLER_FIELDS = {
  address: 'sallyport-client-address',
  certificate: 'sallyport-client-certificate',
  certificateError: 'sallyport-client-certificate-error',
} as const;

/** Anything that has the header fields of a request, as Koa and Node have them. */
export interface WithFields {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Who is at the other end, as the data plane saw it. */
export function addressOf({ headers }: WithFields): string {
  return textOf(headers[CALLER_FIELDS.address]);
}

export function agentOf({ headers }: WithFields): string {
  return textOf(headers['user-agent']).slice(0, 512);
}

/** The certificate of the handshake as PEM; undefined where the client has shown none. */
export function certificateOf(request: WithFields): string | undefined {
  const text = textOf(request.headers[CALLER_FIELDS.certificate]);
  return text === '' ? undefined : `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

/** Whether its chain was verified against the listener's authorities, and it is one for clients (RFC 8705 §2.1). */
export function certificateIsTrusted({ headers }: WithFields): boolean {
  if (textOf(headers[CALLER_FIELDS.certificateError]) !== '') return false;
  const facts = factsOf(headers);
  return facts !== undefined && clientLeafFault(facts) === '';
}

/** One of the certificate's subject alternative names is the registered one (RFC 8705 §2.1.2). */
export function certificateHasName({ headers }: WithFields, property: string, expected: string): boolean {
  const names = factsOf(headers)?.alternativeNames ?? [];
  switch (property) {
    case 'tls_client_auth_san_dns':
      return names.some(
        ({ form, text, malformed }) => form === 'dns' && !malformed && text.toLowerCase() === expected.toLowerCase(),
      );
    case 'tls_client_auth_san_uri':
      return names.some(({ form, text, malformed }) => form === 'uri' && !malformed && text === expected);
    default:
      // Subject names, addresses and mailboxes have several spellings each; they cannot be registered.
      return false;
  }
}

function factsOf(headers: WithFields['headers']): CertificateFacts | undefined {
  const text = textOf(headers[CALLER_FIELDS.certificate]);
  if (text === '') return undefined;
  const reading = readCertificate(new Uint8Array(Buffer.from(text, 'base64')));
  return reading.kind === 'certificate' ? reading.certificate : undefined;
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
