import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Configuration } from '../core/configuration.ts';
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
  }
  for (const [name, upstream] of Object.entries(configuration.upstreams)) {
    if (upstream.caFile !== undefined)
      readPem(upstream.caFile, parseCertificate, ['upstreams', name, 'ca'], root, context);
  }
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
    const kind = path.at(-1) === 'key' ? 'private key without a passphrase' : 'certificate';
    context.report('SP024', positionOf(root, path), path, `the file holds no PEM ${kind}`);
    return undefined;
  }
}
