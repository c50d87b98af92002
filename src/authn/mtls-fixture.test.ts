import { CLIENT, type Issued } from '../../test/harness/pki.ts';
import type { Call, PeerCertificate } from '../core/call.ts';
import type { MtlsAuthenticatorConfig } from '../core/configuration.ts';
import type { Verdict } from '../core/verdict.ts';
import { type CertificateConsumer, createMtlsAuthenticator, type MtlsAuthenticator } from './mtls.ts';

export const NOW = Date.UTC(2026, 0, 1);
export const URI = 'URI:https://one.example/app';

export function callOf(part: Partial<Call>): Call {
  return {
    requestId: 'r',
    method: 'GET',
    scheme: 'https',
    host: 'api.example',
    path: '/',
    pathAmbiguities: 0,
    query: '',
    httpVersion: '1.1',
    headers: [],
    address: { text: '192.0.2.1', group: '192.0.2.1' },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'none',
    bodyBytesDeclared: -1,
    upgrade: '',
    fault: undefined,
    ...part,
  };
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

export interface Trust {
  readonly authorities: readonly Issued[];
  readonly lists?: readonly string[];
}

export function build(
  trust: Trust,
  change: Partial<MtlsAuthenticatorConfig> = {},
  find: (name: string) => CertificateConsumer | undefined = () => undefined,
): MtlsAuthenticator {
  const authorities = trust.authorities.map(({ pem }) => pem).join('');
  const revocationLists = trust.lists?.join('');
  return createMtlsAuthenticator({
    name: 'certs',
    config: {
      type: 'mtls',
      identity: 'san-uri',
      allow: [],
      trustDomain: undefined,
      authorities: change.forwarded === undefined ? undefined : authorities,
      revocationLists: change.forwarded === undefined ? undefined : revocationLists,
      forwarded: undefined,
      consumerPrefix: 'certs:',
      ...change,
    },
    handshake: { authorities, revocationLists },
    consumers: { find },
  });
}

export function peerOf(issued: Issued, chainError = ''): PeerCertificate {
  return { der: issued.der, chainError };
}

/** The extensions of a client certificate with some changed, added or (undefined) left out. */
export function changedExtensions(change: Record<string, string | undefined>): string[] {
  return [
    ...CLIENT.flatMap((line) => {
      const key = line.slice(0, line.indexOf('='));
      if (!(key in change)) return [line];
      const value = change[key];
      return value === undefined ? [] : [`${key}=${value}`];
    }),
    ...Object.entries(change)
      .filter(([key]) => !CLIENT.some((line) => line.startsWith(`${key}=`)))
      .map(([key, value]) => `${key}=${value}`),
  ];
}
