import type { Logger } from 'pino';
import type { Diagnostic } from '../../config/diagnostics.ts';
import type { ConfigurationSource } from './configuration-source.ts';

export interface GatewayOptions {
  readonly source: ConfigurationSource;
  readonly workers: number;
  /** Undefined: what the configuration says. */
  readonly dataFolder: string | undefined;
  readonly logger: Logger;
}

/** A configuration that does not load; nothing was started or changed. */
export class ConfigurationRefused extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super('the configuration has errors');
    this.diagnostics = diagnostics;
  }
}
