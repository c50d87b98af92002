import { loadConfigurationText } from '../../src/config/load.ts';
import type { Configuration } from '../../src/core/configuration.ts';
import { NO_CLAIMS, type Principal } from '../../src/core/principal.ts';
import { generateAssertionKey } from '../../src/crypto/assertion.ts';
import type { SnapshotData } from '../../src/pipeline/snapshot.ts';

/** A configuration as users write it, which reads no files; throws with what is wrong with it. */
export function configurationOf(text: string): Configuration {
  const loaded = loadConfigurationText(text, 'bench.yaml', {
    env: {},
    readFile: () => {
      throw new Error('no file is read');
    },
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics.slice(0, 3)));
  return loaded.configuration;
}

/** What a thread compiles, of a gateway that holds nothing but its configuration. */
export function snapshotData(configuration: Configuration): SnapshotData {
  return {
    version: 1,
    configuration,
    peppers: { current: 1, byVersion: { 1: new Uint8Array(32) } },
    assertionKey: generateAssertionKey(),
    consumers: new Map(),
    clientTrust: undefined,
    decoys: { tokens: [], clients: [] },
  };
}

/** A caller with the scope `s`, as a key identifies it. */
export const CALLER: Principal = {
  version: 1,
  consumer: 'acme',
  subject: 'acme',
  scopes: ['s'],
  groups: [],
  tier: '',
  authenticator: 'keys',
  method: 'api-key',
  credentialId: 'k',
  issuer: '',
  clientId: '',
  binding: 'none',
  acr: '',
  authenticatedAtSeconds: 0,
  expiresAtMs: 0,
  claims: NO_CLAIMS,
};
