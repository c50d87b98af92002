import { keySetName } from '../../authn/issuers/key-set-name.ts';
import { withIssuer } from '../../config/issuer-routes.ts';
import type { Configuration } from '../../core/configuration.ts';
import type { IssuerConfig } from '../../core/issuer.ts';
import { WITHDRAWN } from '../../edge/key-sets.ts';
import type { SnapshotData } from '../../pipeline/snapshot.ts';
import type { Clock, Logger, PublishedKeySet } from '../../ports.ts';
import type { UsedKey } from '../../tokens/key-usage.ts';
import { CredentialIdentifier } from './credential-identifier.ts';
import type { IssuerServer } from './issuer-server.ts';
import type { GatewayState } from './state.ts';

export interface EmbeddedIssuerOptions {
  readonly folder: string;
  readonly state: GatewayState;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The snapshot in force. */
  readonly data: () => SnapshotData;
  readonly keySet: (name: string) => PublishedKeySet | undefined;
  readonly refreshKeys: (name: string) => Promise<void>;
  readonly publishKeySet: (name: string, keys: PublishedKeySet) => Promise<void>;
  readonly sealingKey: string | undefined;
  /** A key was exchanged, or was to be. */
  readonly keyUsed: (use: UsedKey) => void;
}

/** The authorization server over the configurations that come and go: started with the first that has one, closed without. */
export class EmbeddedIssuer {
  readonly #options: EmbeddedIssuerOptions;
  #server: IssuerServer | undefined;
  #config: IssuerConfig | undefined;
  #keySetNames: readonly string[] = [];
  readonly #identifier: CredentialIdentifier;

  constructor(options: EmbeddedIssuerOptions) {
    this.#options = options;
    this.#identifier = new CredentialIdentifier({
      ...options,
      observe: (observation) => options.state.findings.observe(observation),
    });
  }

  get server(): IssuerServer | undefined {
    return this.#server;
  }

  /**
   * Makes ready for a configuration that is about to come into force, and gives it as the data plane needs it. Throws where
   * the server cannot start; then nothing has changed.
   */
  async adopt(configuration: Configuration): Promise<Configuration> {
    const { issuer } = configuration;
    if (issuer === undefined) return configuration;
    const before = this.#config;
    this.#config = issuer;
    try {
      const running = this.#server;
      if (running === undefined) this.#server = await this.#start();
      const complete = withIssuer(configuration, (this.#server as IssuerServer).socketFile);
      this.#keySetNames = [...new Set([...this.#keySetNames, ...ownKeySetNames(complete)])];
      if (running === undefined || before !== issuer) await this.#server?.reconfigured();
      return complete;
    } catch (error) {
      this.#config = before;
      throw error;
    }
  }

  /** Gives up what the configuration, now in force everywhere, does not need. */
  async release(configuration: Configuration): Promise<void> {
    const used = ownKeySetNames(configuration);
    const unused = this.#keySetNames.filter((name) => !used.includes(name));
    this.#keySetNames = used;
    for (const name of unused) await this.#options.publishKeySet(name, WITHDRAWN);
    if (configuration.issuer !== undefined) return;
    await this.#server?.close();
    this.#server = undefined;
  }

  close(): Promise<void> {
    return this.#server?.close() ?? Promise.resolve();
  }

  async #start(): Promise<IssuerServer> {
    // A third of all modules of the control plane, and of the time they take to load: only for those who have an issuer.
    const { IssuerServer } = await import('./issuer-server.ts');
    const { folder, state, clock, logger, publishKeySet, sealingKey } = this.#options;
    return IssuerServer.start({
      folder,
      config: () => this.#config as IssuerConfig,
      state,
      clock,
      logger,
      identifier: this.#identifier,
      observe: (observation) => state.findings.observe(observation),
      publish: async (keys) => {
        for (const name of this.#keySetNames) await publishKeySet(name, keys);
      },
      sealingKey,
    });
  }
}

/** Names under which threads look for the keys of the embedded issuer. */
function ownKeySetNames({ authenticators }: Configuration): readonly string[] {
  return Object.entries(authenticators).flatMap(([name, config]) =>
    config.type === 'jwt' && config.keys.kind === 'own' ? [keySetName(name, config)] : [],
  );
}
