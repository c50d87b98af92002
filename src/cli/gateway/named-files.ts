import { readFileSync } from 'node:fs';
import type { Configuration } from '../../core/configuration.ts';
import type { SnapshotData } from '../../pipeline/snapshot.ts';

/** Read anew with every snapshot, like the certificate of the listener. */
export function readClientTrustTexts({ listen: { tls } }: Configuration): SnapshotData['clientTrust'] {
  if (tls === undefined || tls.clientAuth === 'none') return undefined;
  const read = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : readFileSync(file, 'utf8');
  return { authorities: read(tls.clientCaFile), revocationLists: read(tls.crlFile) };
}

/** In memory all threads share, read anew with every snapshot. */
export function readCountriesFile({ geo }: Configuration): Uint8Array | undefined {
  if (geo === undefined) return undefined;
  const file = readFileSync(geo.countriesFile);
  const shared = new Uint8Array(new SharedArrayBuffer(file.length));
  shared.set(file);
  return shared;
}
