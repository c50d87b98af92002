import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Configuration, TlsConfig } from '../core/configuration.ts';
import { authoritiesWithoutList, type ClientTrust, readClientTrust } from '../crypto/certificates/client-trust.ts';
import type { SourcePath } from './diagnostics.ts';
import { errorCode } from './interpolation.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

interface FileContext extends Pick<ReadContext, 'report'> {
  readFile(path: string): string;
}

/**
 * Reads every certificate and key the configuration names, so that a wrong one is found before it is needed.
 * Does not check validity dates, names or chains.
 */
export function checkTlsFiles(configuration: Configuration, root: SourceNode, context: FileContext): void {
  const tls = configuration.listen.tls;
  if (tls !== undefined) {
    const certificate = readPem(tls.certFile, parseCertificate, ['listen', 'tls', 'cert'], root, context);
    const key = readPem(tls.keyFile, createPrivateKey, ['listen', 'tls', 'key'], root, context);
    if (certificate !== undefined && key !== undefined && !certificate.checkPrivateKey(key)) {
      const path = ['listen', 'tls', 'key'];
      context.report('SP025', positionOf(root, path), path, 'the key is not the one the certificate was issued for');
    }
    checkClientTrust(tls, root, context);
  }
  for (const [name, upstream] of Object.entries(configuration.upstreams)) {
    if (upstream.caFile !== undefined)
      readPem(upstream.caFile, parseCertificate, ['upstreams', name, 'ca'], root, context);
  }
  for (const [name, owners] of Object.entries(configuration.owners)) {
    if (owners.type === 'http' && owners.caFile !== undefined)
      readPem(owners.caFile, parseCertificate, ['owners', name, 'ca'], root, context);
  }
  for (const [name, { caFile }] of Object.entries(configuration.deciders)) {
    if (caFile !== undefined) readPem(caFile, parseCertificate, ['deciders', name, 'ca'], root, context);
  }
}

/** Finds settings of client certificates that miss one another, files that cannot be read, and lists that are not there. */
function checkClientTrust(tls: TlsConfig, root: SourceNode, context: FileContext): void {
  const { clientAuth, clientCaFile, crlFile } = tls;
  const contradiction =
    clientAuth === 'none' && clientCaFile !== undefined
      ? (['clientCa', 'clientCa is given, and clients are not asked for a certificate'] as const)
      : clientAuth === 'require' && clientCaFile === undefined
        ? (['clientAuth', 'clients need a certificate, and there is no authority to believe it from'] as const)
        : crlFile !== undefined && clientCaFile === undefined
          ? (['crl', 'there are revocation lists, and no authorities'] as const)
          : undefined;
  if (contradiction !== undefined) {
    const [key, message] = contradiction;
    const path = ['listen', 'tls', key];
    context.report('SP026', positionOf(root, path), path, message);
  }
  if (clientCaFile === undefined) return;
  const authorities = readPem(
    clientCaFile,
    (pem) => readTrust({ authorities: pem, revocationLists: undefined }),
    ['listen', 'tls', 'clientCa'],
    root,
    context,
  );
  if (crlFile === undefined) return;
  const path = ['listen', 'tls', 'crl'];
  const lists = readPem(
    crlFile,
    (pem) => readTrust({ authorities: undefined, revocationLists: pem }),
    path,
    root,
    context,
  );
  if (authorities === undefined || lists === undefined) return;
  const missing = authoritiesWithoutList({ ...authorities, lists: lists.lists });
  if (missing === 0) return;
  const message = `${missing} of ${authorities.authorities.length} authorities have no revocation list`;
  context.report('SP027', positionOf(root, path), path, message);
}

/** Throws where a text cannot be read. */
function readTrust(texts: Parameters<typeof readClientTrust>[0]): ClientTrust {
  const reading = readClientTrust(texts);
  if (reading.kind === 'malformed') throw new TypeError(reading.detail);
  return reading.trust;
}

function parseCertificate(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

function readPem<T>(
  file: string,
  parse: (pem: string) => T,
  path: SourcePath,
  root: SourceNode,
  context: FileContext,
): T | undefined {
  let pem: string;
  try {
    pem = context.readFile(file);
  } catch (error) {
    context.report('SP024', positionOf(root, path), path, `the file cannot be read${errorCode(error)}`);
    return undefined;
  }
  try {
    return parse(pem);
  } catch {
    const kind = KINDS[String(path.at(-1))] ?? 'certificate';
    context.report('SP024', positionOf(root, path), path, `the file holds no PEM ${kind}`);
    return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  key: 'private key without a passphrase',
  clientCa: 'certificate of an authority, or something besides',
  crl: 'complete revocation list, or something besides',
};
