import { readFileSync } from 'node:fs';
import type { Configuration } from '../../core/configuration.ts';
import type { TlsMaterial } from '../../edge/listener.ts';

/** What the listener presents and believes, from the files of the configuration; undefined where it speaks no TLS. */
export function readTls({ listen }: Configuration): TlsMaterial | undefined {
  if (listen.tls === undefined) return undefined;
  const { certFile, keyFile, clientCaFile, crlFile } = listen.tls;
  const optional = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file, 'utf8'));
  return {
    cert: readFileSync(certFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
    clientCa: optional(clientCaFile),
    crl: optional(crlFile),
  };
}
