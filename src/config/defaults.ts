import type { ContractPolicy, ListenLimits, UpstreamConfig } from '../core/configuration.ts';
import type { PayloadPolicy } from '../core/payload.ts';

/** What holds where a configuration is silent: one place, used by the schema, the reference and the configuration without a file. */

export const DEFAULT_LISTEN = { host: '127.0.0.1', port: 8080 } as const;
export const DEFAULT_ADMIN = { host: '127.0.0.1', port: 8081 } as const;
export const DEFAULT_STORE_PATH = './data';
export const DEFAULT_STATE_URL = 'memory:';
export const DEFAULT_BODY_BYTES_MAX = 1024 * 1024;
export const DEFAULT_CONTRACT: ContractPolicy = {
  request: 'enforce',
  response: 'observe',
  unknownFields: 'deny',
  undocumented: 'deny',
  describe: true,
};
export const DEFAULT_EVENTS = { retainDays: 7, bytesMax: 5 * 2 ** 30 } as const;
export const DEFAULT_API_KEYS = {
  brand: 'sp',
  environment: 'live',
  onLeak: 'alert',
  disableAfterIdleSeconds: 0,
  warnBeforeExpirySeconds: 14 * 86_400,
  uncompressedAnswers: false,
  secretScanning: undefined,
} as const;
export const DEFAULT_KEY_HEADER = 'x-api-key';

export const DEFAULT_LIMITS: ListenLimits = {
  connectionsMax: 16_384,
  connectionsPerAddressMax: 1024,
  callsInProgressMax: 2048,
  headerBytesMax: 16 * 1024,
  headerFieldsMax: 100,
  headersTimeoutSeconds: 10,
  requestTimeoutSeconds: 300,
  keepAliveTimeoutSeconds: 65,
  idleTimeoutSeconds: 300,
  drainSeconds: 30,
};

export const DEFAULT_UPSTREAM: Omit<UpstreamConfig, 'targets'> = {
  protocol: 'h1',
  timeoutSeconds: 30,
  connectTimeoutSeconds: 5,
  connectionsMax: 256,
  caFile: undefined,
  preserveHost: false,
  assertion: true,
  openapi: undefined,
  internal: false,
};

/** Looking through calls for attacks, where a profile is named and nothing else. */
export const DEFAULT_PAYLOAD_POLICY: PayloadPolicy = Object.freeze({
  profile: 'default',
  onLimit: 'scan-what-fits',
  onMalformed: 'refuse',
  suspiciousMax: 20,
  learn: true,
  exceptions: [],
});
